//! Secrets stay secret, whatever goes wrong.

use crate::script::{SECRET, Script, Step, TOKEN, broken, good, in_an_hour, now, status};
use headroom_genesys::api::{Response, TransportError};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Answers that quote what they should not.
fn chatty() -> Vec<Step> {
    let quote = format!(
        r#"{{"message":"{SECRET} of Jane","code":"{SECRET} {TOKEN}","contextId":"Jane Doe","access_token":"{TOKEN}"}}"#
    );
    let correlation = Some(format!("{TOKEN}\n{SECRET}"));
    let statuses = [200, 301, 400, 401, 403, 404, 413, 429, 500, 503, 504];
    let quotes = statuses.map(|status| {
        let body = quote.clone().into_bytes();
        now(Ok(Response { status, body, correlation: correlation.clone(), ..Response::default() }))
    });
    let silent = [TransportError::TimedOut, TransportError::TooLarge].map(|error| now(Err(error)));
    quotes.into_iter().chain(silent).chain([broken(), good()]).collect()
}

/// `dGhlLWNs...` is the beginning of the credentials in Base64.
fn assert_silent(text: &str) {
    for secret in [SECRET, TOKEN, "dGhlLWNs", "Jane"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_logged_or_in_an_error() {
    let log = Log::default();
    let level = tracing::Level::TRACE;
    let subscriber =
        tracing_subscriber::fmt().with_max_level(level).with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    // If this were the only subscriber, a log statement that the thread of another test, which has
    // none, reaches first would stay silent.
    let _other = tracing::Dispatch::new(tracing_subscriber::registry());
    for step in chatty() {
        for script in [
            Script::new(vec![step.clone(); 5]),
            Script::new(vec![good()]).logins(vec![step.clone(); 4]),
        ] {
            let client = script.client();
            let result = client.with_deadline(in_an_hour()).queues(1).await;
            assert_silent(&format!("{client:?} {result:?}"));
            if let Err(error) = result {
                assert_silent(&error.to_string());
            }
            assert_silent(&format!("{:?} {:?}", script.state().sent, step));
        }
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("attempt failed") && log.contains("request failed"), "{log}");
    assert_silent(&log);
}

#[tokio::test(start_paused = true)]
async fn codes_that_are_no_codes_are_not_written_down() {
    for (code, shown) in [("a.b_c-1", "400 a.b_c-1"), ("Jane Doe", "400 without a code")] {
        let answer = status(400, &format!(r#"{{"code":"{code}","message":"m"}}"#));
        let result = Script::new([answer]).client().with_deadline(in_an_hour()).queues(1).await;
        assert!(result.unwrap_err().to_string().contains(shown));
    }
}
