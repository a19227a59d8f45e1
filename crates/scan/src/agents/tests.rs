//! Files of many products, read as a whole.
