"""A journey through the local user pool with the methods of pycognito, for an app client with and without a secret.

Takes the URL of the pool. Reads the codes from its inbox. Prints a line for each step that it has passed.
"""

import base64
import hashlib
import hmac
import json
import struct
import sys
import time
import urllib.request

import boto3
from pycognito import Cognito
from pycognito.exceptions import ForceChangePasswordException, SoftwareTokenMFAChallengeException

ENDPOINT = sys.argv[1]
PASSWORD, NEW_PASSWORD, TEMPORARY = "Correct-horse-7", "Staple-battery-9", "Temporary-horse-7"
ACCESS = {"endpoint_url": ENDPOINT, "aws_access_key_id": "local", "aws_secret_access_key": "local"}
FLOWS = ["USER_SRP_AUTH", "USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"]

admin = boto3.client("cognito-idp", region_name="us-east-1", **ACCESS)


def code_to(email):
    with urllib.request.urlopen(f"{ENDPOINT}/_kit/inbox/latest?to={email}&wait=5") as answer:
        return json.load(answer)["code"]


def totp(secret, windows_ahead=0):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + windows_ahead), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 1_000_000).zfill(6)


pool_id = admin.create_user_pool(PoolName="pycognito", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
admin.set_user_pool_mfa_config(
    UserPoolId=pool_id, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="OPTIONAL"
)
admin.create_group(UserPoolId=pool_id, GroupName="staff")


class LocalCognito(Cognito):
    """pycognito derives the issuer and the address of the keys from the region."""

    user_pool_url = f"{ENDPOINT}/{pool_id}"


def journey(name, with_secret):
    client = admin.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName=name,
        GenerateSecret=with_secret,
        ExplicitAuthFlows=[f"ALLOW_{flow}" for flow in FLOWS],
    )["UserPoolClient"]
    email, invited = f"{name}@example.com", f"invited-{name}"

    def user(username=name):
        found = LocalCognito(
            pool_id,
            client["ClientId"],
            user_pool_region="us-east-1",
            client_secret=client.get("ClientSecret"),
            username=username,
            boto3_client_kwargs=ACCESS,
        )
        with urllib.request.urlopen(f"{found.user_pool_url}/.well-known/jwks.json") as keys:
            found.pool_jwk = json.load(keys)
        return found

    def step(what):
        print(f"passed: {name}: {what}", flush=True)

    ada = user()
    ada.set_base_attributes(email=email, name="Ada")
    ada.register(name, PASSWORD)
    ada.confirm_sign_up(code_to(email), username=name)
    step("sign up and confirm")

    ada.authenticate(PASSWORD)
    ada.verify_tokens()
    ada.renew_access_token()
    step("sign in by SRP, verify the tokens and refresh")

    ada.update_profile({"name": "Ada L."}, attr_map={})
    ada.send_verification()
    ada.validate_verification(code_to(email))
    assert ada.get_user().name == "Ada L."
    step("update and verify attributes")

    ada.change_password(PASSWORD, NEW_PASSWORD)
    ada.initiate_forgot_password()
    ada.confirm_forgot_password(code_to(email), PASSWORD)
    ada.authenticate(PASSWORD)
    step("change and reset the password")

    secret = ada.associate_software_token()
    assert ada.verify_software_token(totp(secret))
    ada.set_user_mfa_preference(False, True, preferred="SOFTWARE_TOKEN")
    try:
        user().authenticate(PASSWORD)
        raise AssertionError("no MFA")
    except SoftwareTokenMFAChallengeException as challenge:
        # A code is valid once, and the next one is valid already.
        user().respond_to_software_token_mfa_challenge(totp(secret, 1), challenge.get_tokens())
    step("sign in with an authenticator app")

    ada.admin_add_user_to_group(name, "staff")
    assert ada.admin_list_groups_for_user(name) == ["staff"]
    ada.admin_disable_user(name)
    ada.admin_enable_user(name)
    ada.admin_create_user(invited, TEMPORARY, email=f"{invited}@example.com")
    new = user(invited)
    try:
        new.authenticate(TEMPORARY)
        raise AssertionError("no new password")
    except ForceChangePasswordException:
        new.new_password_challenge(TEMPORARY, NEW_PASSWORD)
    new.admin_authenticate(NEW_PASSWORD)
    step("groups, and a new password in place of a temporary one")

    new.logout()
    admin.admin_delete_user(UserPoolId=pool_id, Username=invited)
    admin.admin_delete_user(UserPoolId=pool_id, Username=name)
    step("sign out and delete")


journey("public", with_secret=False)
journey("confidential", with_secret=True)
