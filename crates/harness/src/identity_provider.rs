use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An identity provider on this machine that speaks OpenID Connect, and lies when it is told to.
///
/// It runs in threads of its own until the program ends.
pub struct IdentityProvider {
    issuer: String,
    inside: Arc<Mutex<Inside>>,
}

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// By the RSA key that is published as `rsa`.
    Rs256,
    /// By the key on P-256 that is published as `ec`.
    Es256,
    /// Not at all, and says so.
    Nobody,
    /// By HMAC with the public RSA key for a shared one.
    HmacOfPublicKey,
    /// By an RSA key that is not published, under the name of the one that is.
    Stranger,
}

/// Changes the head and the claims of a token before it is signed.
pub type Mutation = Box<dyn Fn(&mut Map<String, Value>, &mut Map<String, Value>) + Send>;

struct Inside {
    rsa: RsaKeyPair,
    stranger: RsaKeyPair,
    ec: EcdsaKeyPair,
    signer: Signer,
    mutation: Mutation,
    claims: Map<String, Value>,
    /// Codes that were given, with what they are for.
    codes: HashMap<String, Grant>,
    names_itself: bool,
    /// The issuer that it says it is; its own when there is none.
    says_it_is: Option<String>,
    key_reads: usize,
    count: usize,
    seconds: i64,
}

struct Grant {
    nonce: String,
    challenge: String,
    back: String,
    client: String,
}

/// What a browser is sent back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentBack {
    /// The code.
    pub code: String,
    /// What the client gave along.
    pub state: String,
    /// The issuer.
    pub issuer: String,
    /// Where it is sent.
    pub address: String,
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl IdentityProvider {
    /// The secret by which clients are known.
    pub const SECRET: &'static str = "a secret of + tests: 100 %";

    /// Starts one on a free port.
    ///
    /// # Panics
    /// When this machine gives no port or no keys.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .expect("a key");
        let inside = Inside {
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"),
            stranger: RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"),
            ec: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).expect("a key"),
            signer: Signer::Rs256,
            mutation: Box::new(|_, _| {}),
            claims: Map::new(),
            codes: HashMap::new(),
            names_itself: true,
            says_it_is: None,
            key_reads: 0,
            count: 0,
            seconds: 0,
        };
        let inside = Arc::new(Mutex::new(inside));
        let (served, own) = (Arc::clone(&inside), issuer.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (served, own) = (Arc::clone(&served), own.clone());
                std::thread::spawn(move || drop(serve(stream, &served, &own)));
            }
        });
        Self { issuer, inside }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its address, as its tokens write it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whom the next tokens are about: `sub`, `email`, `email_verified`, `amr` and what else is given;
    /// and what time it is there, in seconds since 1970.
    ///
    /// # Panics
    /// When the claims are no object.
    pub fn is_about(&self, claims: &Value, seconds: i64) {
        let mut inside = self.inside();
        inside.claims = claims.as_object().expect("claims").clone();
        inside.seconds = seconds;
    }

    /// How the next tokens are signed, and what is done to them first.
    pub fn lies(&self, signer: Signer, mutation: Mutation) {
        let mut inside = self.inside();
        inside.signer = signer;
        inside.mutation = mutation;
    }

    /// Whether it says of itself that it names itself in its answers (RFC 9207).
    pub fn names_itself(&self, names_itself: bool) {
        self.inside().names_itself = names_itself;
    }

    /// Which issuer it says it is, in its description of itself.
    pub fn says_it_is(&self, issuer: &str) {
        self.inside().says_it_is = Some(issuer.to_owned());
    }

    /// How often its keys were read.
    #[must_use]
    pub fn key_reads(&self) -> usize {
        self.inside().key_reads
    }

    /// Makes new keys under other names, as a rotation does.
    ///
    /// # Panics
    /// When this machine gives no keys.
    pub fn rotate(&self) {
        self.inside().rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    }

    /// What its sign-in page does once somebody has signed in there: gives a code.
    ///
    /// # Panics
    /// When the address lacks what the protocol wants.
    #[must_use]
    pub fn sign_in(&self, address: &str) -> SentBack {
        let query = address.split_once('?').expect("a query").1;
        let fields = fields(query);
        let field = |name: &str| fields.get(name).unwrap_or_else(|| panic!("no {name} in {address}")).clone();
        assert_eq!(field("response_type"), "code");
        assert_eq!(field("code_challenge_method"), "S256");
        assert!(field("scope").split(' ').any(|scope| scope == "openid"));
        let mut inside = self.inside();
        inside.count += 1;
        let code = format!("code-{}", inside.count);
        let (back, state) = (field("redirect_uri"), field("state"));
        let grant = Grant {
            nonce: field("nonce"),
            challenge: field("code_challenge"),
            back: back.clone(),
            client: field("client_id"),
        };
        inside.codes.insert(code.clone(), grant);
        let address = format!("{back}?code={code}&state={state}&iss={}", escaped(&self.issuer));
        SentBack { code, state, issuer: self.issuer.clone(), address }
    }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                bytes.push(u8::from_str_radix(&digits, 16).expect("an escape"));
            }
            b'+' => bytes.push(b' '),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).expect("text")
}

fn fields(form: &str) -> HashMap<String, String> {
    form.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (unescaped(name), unescaped(value)))
        .collect()
}

fn serve(mut stream: TcpStream, inside: &Mutex<Inside>, issuer: &str) -> std::io::Result<()> {
    let mut read = Vec::new();
    let mut part = [0; 4096];
    let (head, body) = loop {
        let count = stream.read(&mut part)?;
        read.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                break (head.to_owned(), body.to_owned());
            }
        }
        if count == 0 {
            return Ok(());
        }
    };
    let path = head.split(' ').nth(1).unwrap_or_default();
    let mut inside = inside.lock().unwrap_or_else(PoisonError::into_inner);
    let answer = match path {
        "/.well-known/openid-configuration" => Some(json!({
            "issuer": inside.says_it_is.as_deref().unwrap_or(issuer),
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"],
            "authorization_response_iss_parameter_supported": inside.names_itself,
        })),
        "/keys" => {
            inside.key_reads += 1;
            Some(inside.keys())
        }
        "/token" => inside.exchange(&head, &body, issuer),
        _ => None,
    };
    let (status, text) = match answer {
        Some(answer) => ("200 OK", answer.to_string()),
        None => ("400 Bad Request", json!({"error": "invalid_grant"}).to_string()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    )
}

impl Inside {
    fn name_of_rsa(&self) -> String {
        let modulus = self.rsa.public_key().modulus().big_endian_without_leading_zero();
        encoded(&modulus[..6])
    }

    fn keys(&self) -> Value {
        let public = self.rsa.public_key();
        let modulus = public.modulus().big_endian_without_leading_zero();
        let exponent = public.exponent().big_endian_without_leading_zero();
        let point = self.ec.public_key().as_ref();
        json!({"keys": [
            {"kty": "RSA", "kid": self.name_of_rsa(), "use": "sig", "alg": "RS256",
             "n": encoded(modulus), "e": encoded(exponent)},
            {"kty": "EC", "kid": "ec", "use": "sig", "crv": "P-256",
             "x": encoded(&point[1..33]), "y": encoded(&point[33..])},
            {"kty": "future", "kid": 7},
        ]})
    }

    fn exchange(&mut self, head: &str, body: &str, issuer: &str) -> Option<Value> {
        let fields = fields(body);
        let grant = self.codes.remove(fields.get("code")?)?;
        let challenge = encoded(digest(&SHA256, fields.get("code_verifier")?.as_bytes()));
        let pair = format!("{}:{}", escaped(&grant.client), escaped(IdentityProvider::SECRET));
        let basic = head.lines().find_map(|line| line.strip_prefix("Authorization: Basic "))?;
        let basic = String::from_utf8(STANDARD.decode(basic).ok()?).ok()?;
        let holds = challenge == grant.challenge
            && *fields.get("redirect_uri")? == grant.back
            && fields.get("grant_type")? == "authorization_code"
            && unescaped(&basic) == unescaped(&pair);
        if !holds {
            return None;
        }
        let mut header = Map::new();
        let (alg, name) = match self.signer {
            Signer::Rs256 | Signer::Stranger => ("RS256", self.name_of_rsa()),
            Signer::Es256 => ("ES256", "ec".to_owned()),
            Signer::Nobody => ("none", self.name_of_rsa()),
            Signer::HmacOfPublicKey => ("HS256", self.name_of_rsa()),
        };
        header.insert("alg".to_owned(), alg.into());
        header.insert("kid".to_owned(), name.into());
        let mut claims = self.claims.clone();
        for (claim, value) in [
            ("iss", json!(issuer)),
            ("aud", json!(grant.client)),
            ("nonce", json!(grant.nonce)),
            ("iat", json!(self.seconds)),
            ("exp", json!(self.seconds + 300)),
        ] {
            claims.insert(claim.to_owned(), value);
        }
        (self.mutation)(&mut header, &mut claims);
        let signed = format!("{}.{}", encoded(json!(header).to_string()), encoded(json!(claims).to_string()));
        let signature = self.sign(signed.as_bytes());
        let token = format!("{signed}.{}", encoded(signature));
        Some(json!({"access_token": "nothing", "token_type": "Bearer", "id_token": token}))
    }

    fn sign(&self, signed: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let by = |key: &RsaKeyPair| {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &random, signed, &mut signature).expect("signed");
            signature
        };
        match self.signer {
            Signer::Rs256 => by(&self.rsa),
            Signer::Stranger => by(&self.stranger),
            Signer::Es256 => self.ec.sign(&random, signed).expect("signed").as_ref().to_vec(),
            Signer::Nobody => Vec::new(),
            Signer::HmacOfPublicKey => {
                let public = self.rsa.public_key();
                let modulus = public.modulus().big_endian_without_leading_zero();
                let key = hmac::Key::new(hmac::HMAC_SHA256, modulus);
                hmac::sign(&key, signed).as_ref().to_vec()
            }
        }
    }
}
