//! What every function needs of AWS: clients, configuration, logs and metrics.
