//! `authorizer` on Lambda.

use headroom_authorizer::{Config, Request};
use headroom_aws::{Environment, Error, LambdaEvent};
use std::time::Instant;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = Config::read(&Environment::of_process())?;
    let authorizer = &config.authorizer()?;
    let handler = async move |event: LambdaEvent<Request>| {
        Ok(authorizer.respond(&event.payload, Instant::now()).await?)
    };
    headroom_aws::run("authorizer", handler).await
}
