//! Certificates that are not to be trusted.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

use super::*;

const HOST: &str = "harbourpost.example";

/// A certificate authority that nobody but this test knows, and a file of its certificate.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: tempfile::NamedTempFile,
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(issuer.pem().as_bytes()).unwrap();
        Self { issuer, file }
    }

    /// Ends TLS with a certificate of this authority for `host`, changed by `change`, for these protocols.
    pub(super) fn acceptor(
        &self,
        host: &str,
        change: impl FnOnce(&mut CertificateParams),
        protocols: &[&[u8]],
    ) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }

    /// A server with a certificate of this authority for `host`, changed by `change`.
    async fn serve(&self, host: &str, change: impl FnOnce(&mut CertificateParams)) -> SocketAddr {
        let acceptor = self.acceptor(host, change, &[]);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that does not trust the certificate ends the handshake, and so does a stranger.
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut asked = Vec::new();
                    while !asked.ends_with(b"\r\n\r\n") {
                        asked.push(stream.read_u8().await.unwrap());
                    }
                    stream.write_all(&answer("200 OK", "", b"<rss/>")).await.unwrap();
                    stream.shutdown().await.unwrap();
                });
            }
        });
        addr
    }

    pub(super) fn trusted(&self, addr: SocketAddr) -> Fetch {
        Fetch { ca_file: Some(self.file.path().to_owned()), ..limits(addr) }
    }
}

/// What the fetch says of a certificate that it does not trust.
async fn refusal(limits: Fetch) -> String {
    let fetched = fetch(limits, &format!("https://{HOST}/rss.xml")).await;
    assert_eq!(outcome(&fetched), Outcome::TlsFailed, "{:?}", fetched.result);
    fetched.result.unwrap_err().to_string()
}

#[tokio::test]
async fn a_certificate_of_a_configured_authority_is_trusted() {
    let authority = Authority::new();
    let addr = authority.serve(HOST, |_| ()).await;

    let fetched = fetch(authority.trusted(addr), &format!("https://{HOST}/rss.xml")).await;

    assert_eq!(fetched.result.unwrap().body, "<rss/>");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let authority = Authority::new();
    let addr = authority.serve(HOST, |_| ()).await;

    let said = refusal(limits(addr)).await;

    assert!(said.contains("UnknownIssuer") || said.contains("unknown"), "{said}");
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = Authority::new();
    let addr = authority.serve(HOST, |params| params.not_after = date_time_ymd(2020, 1, 1)).await;

    let said = refusal(authority.trusted(addr)).await;

    assert!(said.to_lowercase().contains("expired"), "{said}");
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let authority = Authority::new();
    let addr = authority.serve("elsewhere.example", |_| ()).await;

    let said = refusal(authority.trusted(addr)).await;

    assert!(said.to_lowercase().contains("name"), "{said}");
}
