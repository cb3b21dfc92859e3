CREATE DATABASE airflow;  -- Airflow keeps its own book, beside the ledger
