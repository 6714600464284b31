//! `headroom token`: keys and tokens of an issuer that is nothing but a file.

mod key;

use crate::parameter::{Parameter, ParameterForm};
use crate::terminal::{print, print_message};
use crate::time::length;
use crate::{CliError, Outcome};
use clap::Subcommand;
use headroom_requests::now;
use jiff::SignedDuration;
use key::KeyPair;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The longest that a token may be valid: who holds it cannot be shut out before it expires.
const LIFETIME_MAX: SignedDuration = SignedDuration::from_hours(24 * 366);

/// Makes a key pair, and signs the tokens of viewers with it
#[derive(clap::Args, Debug)]
#[command(
    arg_required_else_help = true,
    after_help = "\
For the first delta, and wherever there is no identity provider. Whoever can read the key can see
every queue: keep the file where only you can read it, and give the stack the public key alone.
Examples:
  headroom token key key.pem                   make the key; print the parameters of the stack
  headroom token jwks key.pem                  print them again
  headroom token sign key.pem > token.jwt      a token for every queue, for 8 hours
  headroom token sign key.pem --queues 9a79c003-1f95-4307-9a02-c9b297a97451 --for 1h
  headroom watch wss://... --token-file token.jwt
Exit codes:
  0  done
  2  the command line is wrong
  3  a file cannot be read or written, or holds no key; there is a key already"
)]
pub struct Args {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Subcommand, Debug)]
enum TokenCommand {
    /// Make a key pair in a new file that only its owner can read; print the parameters of the stack
    Key(PublicArgs),
    /// Print the public key of a key pair, as parameters of the stack
    Jwks(PublicArgs),
    /// Sign a token and print it
    Sign(SignArgs),
}

#[derive(clap::Args, Debug)]
struct PublicArgs {
    /// The file of the key pair (PEM)
    #[arg(value_name = "FILE")]
    key: PathBuf,
    /// For which use; by default as lines of the parameter file, with the argument as a comment
    #[arg(long, value_name = "FORM")]
    form: Option<ParameterForm>,
    #[command(flatten)]
    issuer: IssuerArgs,
}

/// What the stack's parameters `JwtIssuer` and `JwtAudience` say.
#[derive(clap::Args, Debug)]
struct IssuerArgs {
    /// Claim `iss`: the parameter `JwtIssuer`
    #[arg(long, value_name = "TEXT", default_value = "headroom")]
    issuer: String,
    /// Claim `aud`: the parameter `JwtAudience`
    #[arg(long, value_name = "TEXT", default_value = "headroom")]
    audience: String,
}

#[derive(clap::Args, Debug)]
struct SignArgs {
    /// The file of the key pair (PEM)
    #[arg(value_name = "FILE")]
    key: PathBuf,
    /// Whose token it is; at most 20 connections at once are a subject's
    #[arg(long, value_name = "TEXT", default_value = "headroom", value_parser = subject)]
    subject: String,
    /// Ids of the queues that it shows, comma-separated; `*` for every queue
    #[arg(long, value_name = "ID", value_delimiter = ',', default_value = "*")]
    queues: Vec<String>,
    /// Whether it shows the rows of agents
    #[arg(long)]
    agents: bool,
    /// How long it is valid, such as 30m, 8h or 7d; 366d at most
    #[arg(long = "for", value_name = "DURATION", default_value = "8h", value_parser = lifetime)]
    lifetime: SignedDuration,
    #[command(flatten)]
    issuer: IssuerArgs,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    match &args.command {
        TokenCommand::Key(public) => {
            let key = KeyPair::create(&public.key)?;
            print_public(&key, public)?;
            let path = public.key.display();
            print_message(format_args!("The private key is in {path}: nobody else may read it."));
        }
        TokenCommand::Jwks(public) => print_public(&KeyPair::read(&public.key)?, public)?,
        TokenCommand::Sign(args) => {
            let token = KeyPair::read(&args.key)?.sign(&claims(args))?;
            print(&format!("{token}\n"))?;
        }
    }
    Ok(Outcome::Success)
}

fn print_public(key: &KeyPair, args: &PublicArgs) -> Result<(), CliError> {
    let parameter = Parameter::new("Jwks", key.jwk_set());
    let IssuerArgs { issuer, audience } = &args.issuer;
    let names = match args.form {
        Some(ParameterForm::Json) => String::new(),
        Some(ParameterForm::Argument) => {
            format!("'JwtIssuer=\"{issuer}\"'\n'JwtAudience=\"{audience}\"'\n")
        }
        _ => format!("JwtIssuer: {}\nJwtAudience: {}\n", json!(issuer), json!(audience)),
    };
    print(&format!("{}{names}", parameter.text(args.form)))
}

/// The claims of a token (`docs/protocol.md`).
fn claims(args: &SignArgs) -> Value {
    let issued_at = now().seconds();
    json!({
        "iss": args.issuer.issuer,
        "aud": args.issuer.audience,
        "sub": args.subject,
        "iat": issued_at,
        "exp": issued_at.saturating_add(args.lifetime.as_secs()),
        "queues": args.queues,
        "agents": args.agents,
    })
}

fn subject(text: &str) -> Result<String, String> {
    let is_possible = (1..=256).contains(&text.len()) && !text.chars().any(char::is_control);
    is_possible.then(|| text.to_owned()).ok_or_else(|| "use 1 to 256 bytes of text".to_owned())
}

fn lifetime(text: &str) -> Result<SignedDuration, String> {
    let lifetime = length(text).ok_or("use a time such as 30m, 8h or 7d")?;
    if !lifetime.is_positive() || lifetime > LIFETIME_MAX {
        return Err("a token is valid for 1s to 366d".to_owned());
    }
    Ok(lifetime)
}
