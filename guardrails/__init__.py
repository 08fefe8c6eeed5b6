"""What may pass: policies of guardrail rules, their versions and deployments, and the inspection of texts by them."""
