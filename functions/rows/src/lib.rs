//! Answers `GET /v1/rows`: rows for those that cannot hold a WebSocket. `docs/rest.md` says what
//! they get.
//!
//! [`Reader::respond`] turns a request of API Gateway into a response:
//!
//! 1. `query` reads the parameters; `cursor` says where the last page ended;
//! 2. `page` lists the subjects bucket by bucket, reads their rows, and ends the page in time;
//! 3. `freshness` says how old the numbers may be;
//! 4. `csv_page` or JSON, and `etag`, which tells a client that it has the page.
//!
//! What a token allows is checked for every row, as for the WebSocket.

mod csv_page;
mod cursor;
mod error;
mod etag;
mod freshness;
mod page;
mod query;
mod reader;
mod request;
mod response;

pub use error::ReadError;
pub use reader::Reader;
pub use request::{Headers, Http, Request, RequestContext, RowsAuthorizer};
pub use response::Response;
