"""Where the chat finds its model and its index; app.tf sets all of them."""

import os

FOUNDRY_ENDPOINT = os.environ["FOUNDRY_ENDPOINT"]
CHAT_DEPLOYMENT = os.environ["CHAT_DEPLOYMENT"]
SEARCH_ENDPOINT = os.environ["SEARCH_ENDPOINT"]
