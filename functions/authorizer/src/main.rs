//! The authorizer on Lambda.

use headroom_authorizer::{Config, Request};
use headroom_cloud::{Environment, Error, LambdaEvent};
use std::time::Instant;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = Config::read(&Environment::of_process())?;
    let authorizer = &config.authorizer()?;
    let answered = async move |event: LambdaEvent<Request>| {
        Ok(authorizer.answer(&event.payload, Instant::now()).await?)
    };
    headroom_cloud::run("authorizer", answered).await
}
