"""Skills of an imaginary library and workshop, unlike the examples that ship, and texts for them."""

from routing.engine import SkillEntry

LEASES = (
    "The tenant shall pay the rent of nine hundred euros in advance on the first working day of each month. "
    "A deposit of two monthly rents is due before the keys are handed over. The landlord bears the cost of "
    "repairs to the roof and the heating.",
    "This lease begins on the first of May and runs for two years. It may be ended by either party with "
    "three months' notice in writing. The tenant may not sublet the flat, wholly or in part, without the "
    "written consent of the landlord.",
    "The landlord lets to the tenant the flat on the third floor together with the cellar. The tenant shall "
    "keep the rooms clean and report damage without delay. At the end of the lease the flat is to be handed "
    "back swept and with all keys.",
)
MODULES = (
    "def area(width, height):\n    if width < 0 or height < 0:\n        raise ValueError('negative')\n"
    "    return width * height\n\n\nclass Box:\n    def __init__(self, side):\n        self.side = side\n\n"
    "    def volume(self):\n        return self.side ** 3\n",
    "import json\n\n\ndef load(path):\n    with open(path) as file:\n        data = json.load(file)\n"
    "    items = [entry['id'] for entry in data if entry.get('ok')]\n    return {'count': len(items), 'ids': items}\n",
)
ANYTHING = (
    "Swifts spend most of their lives in the air. They eat, drink and even sleep on the wing, and touch the "
    "ground only to breed. In August they leave for Africa, and the sky over the town is quiet again.",
    "The minister opened the new bridge on Friday. It cost twelve million more than planned and took two "
    "years longer, which the opposition called a scandal. Drivers, who save half an hour, were pleased.",
    "She put the cup down and looked out of the window. Nobody had crossed the yard since morning. The snow "
    "lay untouched, and she decided that she would not be the first to walk on it.",
    "A relational database keeps its data in tables. Each row has a key, and tables refer to each other by "
    "such keys. An index makes it quick to find rows by the value of a column, at the price of some space.",
)

LOANS = SkillEntry(
    "library",
    "renew",
    1,
    "Renew the loan of a book",
    ("renew my book", "can I keep this novel two weeks longer", "extend my loan", "I need more time with a book",
     "prolong the borrowed books", "my books are due tomorrow, please renew them"),
)  # fmt: skip
FINES = SkillEntry(
    "library",
    "fines",
    1,
    "Tell what a reader owes",
    ("how much do I owe the library", "what are my late fees", "why was I fined", "pay my overdue charges",
     "do I have to pay a fine", "what does a late return cost"),
)  # fmt: skip
WEATHER = SkillEntry("weather", "forecast", 2, "Weather forecast for a place")
READER = SkillEntry("reader", "measure", 3, "Measures any text", ("how readable is this text", *ANYTHING))
LAWYER = SkillEntry("lawyer", "review", 4, "Reviews leases", ("check this lease for traps", *LEASES))
CODER = SkillEntry("coder", "review", 5, "Reviews code", ("find the mistakes in this program", *MODULES))
ORDERS = SkillEntry(
    "orders", "cancel", 6, "Cancel an order", ("cancel my order", "I do not want it any more"), needs_payload=True
)

PASSAGES = (
    "Salt was once so precious that soldiers were paid with it. Caravans carried it across the desert, towns "
    "grew rich on it, and governments taxed it until people rose up. Today it costs next to nothing and is "
    "thrown on roads in winter.",
    "In the last race of the season the young Norwegian overtook both favourites on the final climb. She had "
    "fallen ill only two weeks before and had nearly stayed at home. Her team waited at the finish with flags.",
    "Put the beans into cold water and let them soak overnight. The next day fry the onion in oil, add the "
    "garlic and the tomatoes, and simmer everything for an hour. Salt goes in last, or the skins stay hard.",
    "Do fish feel pain? For a long time biologists said no, because the parts of the brain that are active "
    "in mammals are missing. Newer experiments show that trout avoid places where they were hurt, and that "
    "they stop doing so when given painkillers.",
)
LONG_REQUESTS = (
    "I would like to plan a trip to Norway for the two of us in June, ideally by train and ship, with a few "
    "days of hiking in between. Could you please put together a route, look up the prices and book the hotels?",
    "My order from last week has still not arrived, although I paid for express delivery. Please find out "
    "where the parcel is and tell me when I can expect it, or else give me my money back.",
)
