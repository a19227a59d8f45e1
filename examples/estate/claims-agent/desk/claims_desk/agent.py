"""The assistant that clerks of the claims desk talk to."""

from strands import Agent
from strands.models import BedrockModel

from .tools import query_claims, run_in_letters

INSTRUCTIONS = """You help the clerks of the claims desk.
Look claims up before you speak of them, and answer in the language of the clerk."""

desk = Agent(
    name="claims-desk",
    description="Answers clerks' questions about claims and the letters that belong to them",
    model=BedrockModel(model_id="anthropic.claude-3-haiku-20240307-v1:0", region_name="eu-central-1", temperature=0.1),
    system_prompt=INSTRUCTIONS,
    tools=[query_claims, run_in_letters],
)

if __name__ == "__main__":
    print(desk(input("> ")))
