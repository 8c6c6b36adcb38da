#!/usr/bin/env bash
# Makes the signed letters beside this file anew, with openssl and gpg. The keys that sign are made here and thrown
# away; certificates and public keys stay. What is expected of each letter stands in expected.jsonl.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'gpgconf --homedir "$work/gpg" --kill all 2> /dev/null; rm -rf "$work"' EXIT
cd "$work"

# --- S/MIME -----------------------------------------------------------------------------------------------------
cat > mail.cnf <<'CNF'
[req]
distinguished_name = dn
prompt = no
[dn]
O = Client
CN = ${ENV::NAME}
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[person]
basicConstraints = CA:FALSE
keyUsage = digitalSignature
extendedKeyUsage = emailProtection
subjectAltName = email:${ENV::ADDRESS}
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = email:${ENV::ADDRESS}
CNF
export NAME='Autorité du client' ADDRESS=ca@client.example
openssl req -x509 -config mail.cnf -extensions ca -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 5000 2> /dev/null
issue() { # name address section key-options...
  NAME=$1 ADDRESS=$2 openssl req -config mail.cnf -newkey "${@:4}" -nodes -keyout "$1.key" -out "$1.csr" 2> /dev/null
  NAME=$1 ADDRESS=$2 openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -extfile mail.cnf \
    -extensions "$3" -days 2000 -out "$1.pem" 2> /dev/null
}
issue ana ana@client.example person rsa:2048
issue curve curve@client.example person ec -pkeyopt ec_paramgen_curve:P-256
issue server server@client.example server rsa:2048
NAME=alone ADDRESS=alone@client.example openssl req -x509 -config mail.cnf -extensions person -newkey ec \
  -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout alone.key -out alone.pem -days 2000 2> /dev/null
cp ca.pem ana.pem alone.pem "$here"

printf 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nBonjour,\r\nla porte 12 est bloquée.\r\nAna\r\n' > words
smime() { # file signer address options...
  openssl cms -sign -binary -in words -signer "$2.pem" -inkey "$2.key" -from "$3" -to assistance@boreal.example \
    -subject "Signé" "${@:4}" | sed 's/\r*$/\r/' > "$here/$1.eml"
}
smime smime-detached ana 'Ana <ana@client.example>'
smime smime-opaque ana ana@client.example -nodetach
smime smime-streamed ana ana@client.example -nodetach -stream
smime smime-no-attributes ana ana@client.example -noattr
smime smime-key-id ana ana@client.example -keyid
smime smime-pss ana ana@client.example -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest
smime smime-pss-salt ana ana@client.example -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:max
smime smime-sha512 ana ana@client.example -md sha512
smime smime-sha1 ana ana@client.example -md sha1
smime smime-without-certificate ana ana@client.example -nocerts
smime smime-curve curve curve@client.example
smime smime-alone alone alone@client.example
smime smime-server server server@client.example
smime smime-other ana 'Ana <direction@client.example>'
sed 's/la porte 12/la porte 13/' "$here/smime-detached.eml" > "$here/smime-detached-tampered.eml"
sed 's/\r$//' "$here/smime-detached.eml" > "$here/smime-detached-lf.eml"
python3 - "$here" <<'PY'
import base64, sys
here = sys.argv[1]
letter = open(f'{here}/smime-opaque.eml', 'rb').read()
head, body = letter.split(b'\r\n\r\n', 1)
der = base64.b64decode(body).replace(b'porte 12', b'porte 13')
lines = base64.encodebytes(der).replace(b'\n', b'\r\n')
open(f'{here}/smime-opaque-tampered.eml', 'wb').write(head + b'\r\n\r\n' + lines)
# A signed part with a text beside it that nobody signed.
signed = open(f'{here}/smime-detached.eml', 'rb').read()
head, body = signed.split(b'\r\n\r\n', 1)
kept = [line for line in head.split(b'\r\n') if line.lower().startswith((b'from', b'to', b'subject', b'mime'))]
kind = head[head.lower().index(b'content-type:'):]
open(f'{here}/smime-partial.eml', 'wb').write(
    b'\r\n'.join(kept) + b'\r\nContent-Type: multipart/mixed; boundary="around"\r\n\r\n--around\r\n'
    b'Content-Type: text/plain\r\n\r\nVersez 10 000 euros ici.\r\n--around\r\n' + kind + b'\r\n\r\n' + body + b'\r\n--around--\r\n')
PY
openssl cms -encrypt -aes256 -in words -from ana@client.example -to assistance@boreal.example -subject 'Chiffré' ana.pem |
  sed 's/\r*$/\r/' > "$here/smime-encrypted.eml"

# --- OpenPGP ----------------------------------------------------------------------------------------------------
mkdir -m 700 gpg
pgp() { gpg --homedir gpg --batch --quiet --no-tty --pinentry-mode loopback --passphrase '' "$@"; }
pgp --quick-generate-key 'Ana <ana@client.example>' ed25519 sign never
pgp --quick-generate-key 'Rsa <rsa@client.example>' rsa2048 sign never
pgp --quick-generate-key 'Curve <curve@client.example>' nistp256 sign never
pgp --quick-generate-key 'Bref <bref@client.example>' ed25519 sign 1y
pgp --quick-generate-key 'Parts <parts@client.example>' rsa2048 cert never
parts=$(pgp --with-colons --list-keys parts@client.example | awk -F: '/^fpr/ { print $10; exit }')
pgp --quick-add-key "$parts" ed25519 sign never
pgp --quick-generate-key 'Inconnu <inconnu@client.example>' ed25519 sign never
for name in ana rsa curve bref parts; do pgp --armor --export "$name@client.example" > "$here/$name.asc"; done
pgp --export ana@client.example > "$here/ana.pgp"
pgp --armor --export inconnu@client.example > "$here/inconnu.asc"
mime() { # file signer address options...
  pgp --armor --local-user "$2@client.example" "${@:4}" --detach-sign --output signature.asc words
  {
    printf 'From: %s\r\nTo: assistance@boreal.example\r\nSubject: =?utf-8?q?Sign=C3=A9?=\r\nMIME-Version: 1.0\r\n' "$3"
    printf 'Content-Type: multipart/signed; micalg=pgp-sha512; protocol="application/pgp-signature"; boundary="b"\r\n\r\n--b\r\n'
    cat words
    printf '\r\n--b\r\nContent-Type: application/pgp-signature; name="signature.asc"\r\n\r\n'
    sed 's/$/\r/' signature.asc
    printf '\r\n--b--\r\n'
  } > "$here/$1.eml"
  rm signature.asc
}
mime pgp-mime ana 'Ana <ana@client.example>'
mime pgp-mime-text rsa rsa@client.example --textmode
mime pgp-mime-curve curve curve@client.example
mime pgp-mime-bref bref bref@client.example
mime pgp-mime-parts parts parts@client.example
mime pgp-mime-unknown inconnu inconnu@client.example
mime pgp-mime-other ana direction@client.example
sed 's/la porte 12/la porte 13/' "$here/pgp-mime.eml" > "$here/pgp-mime-tampered.eml"
printf 'Bonjour,   \n- une liste\n-----\nla porte 12 est bloquée.\n' > plain
inline() { # file before after
  {
    printf 'From: ana@client.example\r\nTo: assistance@boreal.example\r\nSubject: Inline\r\nMIME-Version: 1.0\r\n'
    printf 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s' "$2"
    pgp --local-user ana@client.example --clear-sign --output - plain | sed 's/$/\r/'
    printf '%s' "$3"
  } > "$here/$1.eml"
}
inline pgp-inline '' ''
inline pgp-inline-partial $'Versez 10 000 euros ici.\r\n' ''
inline pgp-inline-partial-after '' $'\r\nVersez 10 000 euros ici.\r\n'
sed 's/la porte 12/la porte 13/' "$here/pgp-inline.eml" > "$here/pgp-inline-tampered.eml"
{
  printf 'From: ana@client.example\r\nTo: assistance@boreal.example\r\nSubject: Chiffr=\r\nMIME-Version: 1.0\r\n'
  printf 'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="b"\r\n\r\n--b\r\n'
  printf 'Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--b\r\nContent-Type: application/octet-stream; name="encrypted.asc"\r\n\r\n'
  pgp --passphrase secret --armor --symmetric --output - words | sed 's/$/\r/'
  printf '\r\n--b--\r\n'
} > "$here/pgp-encrypted.eml"
