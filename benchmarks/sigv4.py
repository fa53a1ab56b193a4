"""AWS Signature Version 4 by header, for requests whose path and query need no escaping.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import datetime
import hashlib
import hmac

ALGORITHM = "AWS4-HMAC-SHA256"


class Signer:
    def __init__(self, key_id, secret, region="us-east-1", service="lambda"):
        self.key_id, self.secret, self.region, self.service = key_id, secret, region, service

    def headers(self, method, host, path, body):
        """The headers of one request, Host excepted. Good for five minutes."""
        time = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{time[:8]}/{self.region}/{self.service}/aws4_request"
        signed = "content-type;host;x-amz-date"
        canonical = "\n".join([
            method, path, "", f"content-type:application/json\nhost:{host}\nx-amz-date:{time}\n", signed,
            hashlib.sha256(body).hexdigest(),
        ])
        to_sign = "\n".join([ALGORITHM, time, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = f"AWS4{self.secret}".encode()
        for part in [*scope.split("/"), to_sign]:
            key = hmac.digest(key, part.encode(), "sha256")
        return {
            "Content-Type": "application/json",
            "X-Amz-Date": time,
            "Authorization": f"{ALGORITHM} Credential={self.key_id}/{scope}, SignedHeaders={signed}, Signature={key.hex()}",
        }
