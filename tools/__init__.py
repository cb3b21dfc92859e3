"""Tools for those who work on Escucha: training and measurements that no running city needs."""
