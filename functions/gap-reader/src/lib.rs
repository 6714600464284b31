//! Reads from the Genesys Cloud Platform API what events did not bring.
