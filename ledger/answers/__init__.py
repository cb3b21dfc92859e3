"""Store answers to citizens, known answers and their replies."""
