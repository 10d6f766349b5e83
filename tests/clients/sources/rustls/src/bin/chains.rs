//! Says for each chain of a folder whether rustls accepts it from a client of a TLS server.
//!
//! `chains FOLDER NAME...`: FOLDER/NAME.anchor.pem is what the server trusts, FOLDER/NAME.chain.pem what the client
//! sends.

use std::error::Error;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    for name in &arguments[1..] {
        match verify(&format!("{}/{name}", arguments[0])) {
            Ok(()) => println!("{name}: accepted"),
            Err(error) => println!("{name}: rejected: {error}"),
        }
    }
}

fn verify(path: &str) -> Result<(), Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    for anchor in CertificateDer::pem_file_iter(format!("{path}.anchor.pem"))? {
        roots.add(anchor?)?;
    }
    let sent = CertificateDer::pem_file_iter(format!("{path}.chain.pem"))?
        .collect::<Result<Vec<_>, _>>()?;
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider()))
            .build()?;
    verifier.verify_client_cert(&sent[0], &sent[1..], UnixTime::now())?;
    Ok(())
}
