//! Asks a listener once with rustls and prints the body and the status, or the error.
//!
//! `client ADDRESS HOST SERVER_CA 1.2|1.3 [FOLDER/NAME]`

use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match ask(&arguments) {
        Ok(answer) => {
            print!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn ask(arguments: &[String]) -> Result<String, Box<dyn Error>> {
    let [address, host, server_ca, version, bundle @ ..] = arguments else {
        return Err("usage: client ADDRESS HOST SERVER_CA 1.2|1.3 [FOLDER/NAME]".into());
    };
    let config = configuration(server_ca, version, bundle.first())?;
    let tcp = TcpStream::connect(address)?;
    tcp.set_read_timeout(Some(Duration::from_secs(10)))?;
    let name = ServerName::try_from(host.clone())?;
    let mut tls = StreamOwned::new(ClientConnection::new(Arc::new(config), name)?, tcp);
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    tls.write_all(request.as_bytes())?;
    let mut received = Vec::new();
    match tls.read_to_end(&mut received) {
        // Some servers end without close_notify; HTTP clients go by Content-Length.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof && !received.is_empty() => {}
        other => {
            other?;
        }
    }
    let answer = String::from_utf8(received)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    let status = head.split_whitespace().nth(1).ok_or("no status")?;
    Ok(format!("{body}\n{status}"))
}

fn configuration(
    server_ca: &str,
    version: &str,
    bundle: Option<&String>,
) -> Result<ClientConfig, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(server_ca)?)?;
    let only = if version == "1.2" { &TLS12 } else { &TLS13 };
    let builder =
        ClientConfig::builder_with_protocol_versions(&[only]).with_root_certificates(roots);
    let Some(bundle) = bundle else {
        return Ok(builder.with_no_client_auth());
    };
    let chain =
        CertificateDer::pem_file_iter(format!("{bundle}.chain.pem"))?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(format!("{bundle}.key"))?;
    Ok(builder.with_client_auth_cert(chain, key)?)
}
