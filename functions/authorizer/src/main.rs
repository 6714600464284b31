//! `authorizer` on Lambda.

use headroom_authorizer::{Authorizer, Request};
use headroom_aws::{Environment, Error, LambdaEvent};
use std::time::Instant;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let authorizer = &Authorizer::configured(&Environment::of_process())?;
    let handler = async move |event: LambdaEvent<Request>| {
        Ok(authorizer.respond(&event.payload, Instant::now()).await?)
    };
    headroom_aws::run("authorizer", handler).await
}
