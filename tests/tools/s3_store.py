"""An S3 store (moto) with the files of a folder in the bucket `imagery`, for tests.

    s3_store.py FOLDER [open|closed]     prints its address, and the id and secret of who may read

closed: every request must be signed by somebody who may. The keys are the paths below FOLDER; `big.nc` is put in pieces of 5 MiB,
`sealed.nc` encrypted with a key of the store. `marker/` is a key that stands for a folder, as consoles make them.
"""

import json
import os
import pathlib
import sys
import threading

os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
closed = sys.argv[2] == "closed"

import boto3
import boto3.s3.transfer
from moto.server import ThreadedMotoServer
from urllib.request import Request, urlopen

root = pathlib.Path(sys.argv[1])
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
host, port = server.get_host_and_port()
address = f"http://{host}:{port}"
login = {"aws_access_key_id": "setup", "aws_secret_access_key": "setup", "region_name": "us-east-1", "endpoint_url": address}

iam = boto3.client("iam", **login)
iam.create_user(UserName="reader")
allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=json.dumps(allow))
key = iam.create_access_key(UserName="reader")["AccessKey"]

s3 = boto3.client("s3", **login)
public = {} if closed else {"ACL": "public-read"}
s3.create_bucket(Bucket="imagery", **public)
s3.put_object(Bucket="imagery", Key="marker/", Body=b"")
pieces = boto3.s3.transfer.TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
for path in sorted(root.rglob("*")):
    if not path.is_file():
        continue
    name = str(path.relative_to(root))
    if path.name == "big.nc":
        s3.upload_file(str(path), "imagery", name, Config=pieces, ExtraArgs=public)
    elif path.name == "sealed.nc":
        s3.put_object(Bucket="imagery", Key=name, Body=path.read_bytes(), ServerSideEncryption="aws:kms", **public)
    else:
        s3.put_object(Bucket="imagery", Key=name, Body=path.read_bytes(), **public)
if closed:
    urlopen(Request(f"{address}/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"})).read()

print(f"listening on {host}:{port} {key['AccessKeyId']} {key['SecretAccessKey']}", flush=True)
threading.Event().wait()
