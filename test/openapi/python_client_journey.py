"""A client that openapi-python-client makes of the document, from the sign-up to a protected endpoint.

Called with the folder of the client, the base URL, and a URL that answers with the code of the message.
"""

import sys
import urllib.request

folder, base_url, code_url = sys.argv[1:]
sys.path.insert(0, folder)

from auth_api.api.profile import get_me  # noqa: E402
from auth_api.api.sign_in import sign_in  # noqa: E402
from auth_api.api.sign_up import confirm_sign_up, sign_up  # noqa: E402
from auth_api.client import AuthenticatedClient, Client  # noqa: E402
from auth_api.models import ConfirmSignUpBody, SignInBody, SignUpBody  # noqa: E402

EMAIL = "ada@example.com"
PASSWORD = "Correct-horse-7"

client = Client(base_url=base_url)
account = SignUpBody(email=EMAIL, password=PASSWORD)
assert sign_up.sync(client=client, body=account).status == "confirmation_required"
with urllib.request.urlopen(code_url) as answer:
    code = answer.read().decode()
confirmation = ConfirmSignUpBody(email=EMAIL, confirmation_code=code)
assert confirm_sign_up.sync(client=client, body=confirmation).status == "confirmed"

wrong = SignInBody(email=EMAIL, password="Wrong-password-5")
assert sign_in.sync(client=client, body=wrong).code == "invalid_credentials"

signed_in = sign_in.sync(client=client, body=SignInBody(email=EMAIL, password=PASSWORD))
user = AuthenticatedClient(base_url=base_url, token=signed_in.tokens.access_token)
assert get_me.sync(client=user).attributes["email"] == EMAIL
print("the journey is over")
