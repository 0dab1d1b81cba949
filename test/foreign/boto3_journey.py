"""A journey through the local user pool with boto3, Amazon's SDK for Python, and with pycognito where it is installed.

Takes the URL of the pool. Prints a line for each step that it has passed.
"""

import base64
import hashlib
import hmac
import struct
import sys
import time

import boto3
from botocore.config import Config

ENDPOINT = sys.argv[1]
USER, PASSWORD = "ada@example.com", "Correct-horse-7"
TEMPORARY, NEW_PASSWORD = "Temporary-horse-7", "Staple-battery-9"

client = boto3.client(
    "cognito-idp",
    region_name="us-east-1",
    endpoint_url=ENDPOINT,
    aws_access_key_id="local",
    aws_secret_access_key="local",
    config=Config(retries={"max_attempts": 1}),
)


def step(name):
    print("passed:", name, flush=True)


def totp(secret, windows_ahead=0):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + windows_ahead), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 1_000_000).zfill(6)


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except client.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response["Error"]
        assert error.response["ResponseMetadata"]["RequestId"]
        return
    raise AssertionError(f"not refused with {code}")


pool_id = client.create_user_pool(
    PoolName="foreign",
    UsernameAttributes=["email"],
    AutoVerifiedAttributes=["email"],
    Policies={"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 3}},
    Schema=[{"Name": "plan", "AttributeDataType": "String", "Mutable": True}],
)["UserPool"]["Id"]
described = client.describe_user_pool(UserPoolId=pool_id)["UserPool"]
assert described["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"] == 3
assert "custom:plan" in [attribute["Name"] for attribute in described["SchemaAttributes"]]
assert pool_id in [pool["Id"] for pool in client.list_user_pools(MaxResults=60)["UserPools"]]
step("create and describe a pool")

client_id = client.create_user_pool_client(
    UserPoolId=pool_id,
    ClientName="app",
    ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
)["UserPoolClient"]["ClientId"]
client.set_user_pool_mfa_config(
    UserPoolId=pool_id, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="OPTIONAL"
)
step("create an app client")

signed_up = client.sign_up(
    ClientId=client_id, Username=USER, Password=PASSWORD, UserAttributes=[{"Name": "name", "Value": "Ada"}]
)
assert not signed_up["UserConfirmed"] and signed_up["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
refused("UsernameExistsException", client.sign_up, ClientId=client_id, Username=USER, Password=PASSWORD)
refused("CodeMismatchException", client.confirm_sign_up, ClientId=client_id, Username=USER, ConfirmationCode="000000")
client.admin_confirm_sign_up(UserPoolId=pool_id, Username=USER)
step("sign up and confirm")


def sign_in(password, username=USER):
    return client.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )


refused(
    "NotAuthorizedException",
    client.initiate_auth,
    ClientId=client_id,
    AuthFlow="USER_PASSWORD_AUTH",
    AuthParameters={"USERNAME": USER, "PASSWORD": "Wrong-horse-7"},
)
tokens = sign_in(PASSWORD)["AuthenticationResult"]
profile = client.get_user(AccessToken=tokens["AccessToken"])
assert {"Name": "name", "Value": "Ada"} in profile["UserAttributes"]
step("sign in with a password")

refreshed = client.initiate_auth(
    ClientId=client_id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]}
)
assert refreshed["AuthenticationResult"]["AccessToken"] != tokens["AccessToken"]
step("refresh")

secret = client.associate_software_token(AccessToken=tokens["AccessToken"])["SecretCode"]
verified = client.verify_software_token(AccessToken=tokens["AccessToken"], UserCode=totp(secret))
assert verified["Status"] == "SUCCESS"
client.set_user_mfa_preference(
    AccessToken=tokens["AccessToken"], SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
)
challenge = sign_in(PASSWORD)
assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
# A code is valid once, and the next one is valid already.
answered = client.respond_to_auth_challenge(
    ClientId=client_id,
    ChallengeName="SOFTWARE_TOKEN_MFA",
    Session=challenge["Session"],
    ChallengeResponses={"USERNAME": USER, "SOFTWARE_TOKEN_MFA_CODE": totp(secret, 1)},
)
assert answered["AuthenticationResult"]["IdToken"]
step("sign in with an authenticator app")

client.create_group(UserPoolId=pool_id, GroupName="staff", Precedence=1)
client.admin_add_user_to_group(UserPoolId=pool_id, Username=USER, GroupName="staff")
assert client.list_users_in_group(UserPoolId=pool_id, GroupName="staff")["Users"][0]["Username"]
pages = client.get_paginator("list_users").paginate(UserPoolId=pool_id, PaginationConfig={"PageSize": 1})
assert sum(len(page["Users"]) for page in pages) == 1
assert client.list_users(UserPoolId=pool_id, Filter=f'email = "{USER}"')["Users"]
step("groups and lists")

client.admin_create_user(
    UserPoolId=pool_id, Username="new@example.com", TemporaryPassword=TEMPORARY, MessageAction="SUPPRESS"
)
forced = sign_in(TEMPORARY, "new@example.com")
assert forced["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
client.respond_to_auth_challenge(
    ClientId=client_id,
    ChallengeName="NEW_PASSWORD_REQUIRED",
    Session=forced["Session"],
    ChallengeResponses={"USERNAME": "new@example.com", "NEW_PASSWORD": NEW_PASSWORD},
)
assert sign_in(NEW_PASSWORD, "new@example.com")["AuthenticationResult"]
step("a new password in place of a temporary one")

try:
    from pycognito.aws_srp import AWSSRP
except ModuleNotFoundError:
    print("skipped: pycognito is not installed", flush=True)
else:
    srp = AWSSRP(
        username="new@example.com", password=NEW_PASSWORD, pool_id=pool_id, client_id=client_id, client=client
    )
    assert srp.authenticate_user()["AuthenticationResult"]["AccessToken"]
    step("sign in by SRP with pycognito")

client.global_sign_out(AccessToken=tokens["AccessToken"])
refused("NotAuthorizedException", client.get_user, AccessToken=tokens["AccessToken"])
client.admin_delete_user(UserPoolId=pool_id, Username=USER)
refused("UserNotFoundException", client.admin_get_user, UserPoolId=pool_id, Username=USER)
client.delete_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
client.delete_user_pool(UserPoolId=pool_id)
refused("ResourceNotFoundException", client.describe_user_pool, UserPoolId=pool_id)
step("sign out and delete")
