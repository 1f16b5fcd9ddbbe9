//! What is generated from the Roomwire types and spec: JSON Schemas, vectors, and the requirement table.
