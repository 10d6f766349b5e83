"""What people would do by hand: shell loops of openssl."""

import subprocess
import time
from pathlib import Path

from tools.bench.errors import BenchError

# The root CA and the extensions of its clients; with a key of `$1 $2`.
ROOT = r"""
set -eu
openssl req -x509 -newkey "$1" $2 -nodes -days 3650 -subj /C=CN/O=alibaba/CN=root \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.crt
printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth \
  subjectKeyIdentifier=hash authorityKeyIdentifier=keyid > client.cnf
"""
# The two commands per client of `make lab`'s procedure, with keys on P-256.
CLIENTS = r"""
set -eu
i=0
while [ "$i" -lt "$1" ]; do
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=client-$i" \
    -keyout "client-$i.key" -out "client-$i.csr"
  openssl x509 -req -sha256 -days 3649 -in "client-$i.csr" -CA ca.crt -CAkey ca.key -extfile client.cnf \
    -out "client-$i.crt"
  i=$((i + 1))
done
"""
# What signs a folder of requests, `$1`.
REQUESTS = r"""
set -eu
for request in "$1"/*.csr; do
  openssl x509 -req -sha256 -days 3649 -in "$request" -CA ca.crt -CAkey ca.key -extfile client.cnf -out client.crt
done
"""
P256_KEY, RSA_KEY = ("ec", "-pkeyopt ec_paramgen_curve:P-256"), ("rsa:4096", "")


def shell(script: str, folder: Path, *arguments: str) -> float:
    """Run a script in a folder, and return how long it took.

    Raises:
        BenchError: openssl failed.
    """
    started = time.monotonic()
    done = subprocess.run(
        ["sh", "-c", script, "sh", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        message = f"openssl in {folder} ended with {done.returncode}:\n{done.stderr}"
        raise BenchError(message)
    return time.monotonic() - started
