"""What people type and mean: names half typed, misspelt, run together, in other words; the first five results."""

import json

import pytest

from catalog.actions.starter import load_starter_catalog
from catalog.search.database import DatabaseIndex
from catalog.search.query import Filters, Query
from tests.factories import publish

pytestmark = pytest.mark.django_db
# Typed -> the slug that was meant.
TYPED = {
    "sanity": "sanity", "sanit": "sanity", "san": "sanity", "santy": "sanity", "sanitty": "sanity",
    "sainty": "sanity", "Sanity CMS": "sanity", "sanity.io": "sanity", "snaity cms": "sanity",
    "contentful": "contentful", "contentfull": "contentful", "contenful": "contentful", "cotentful": "contentful",
    "content": "contentful", "contentfu": "contentful", "kontentful": "contentful",
    "decap": "decap", "deca": "decap", "decap-cms": "decap", "decapcms": "decap", "dekap": "decap",
    "dceap": "decap", "deccap": "decap", "decpa cms": "decap",
    "tina": "tina", "tinacms": "tina", "tna": "tina", "tinna": "tina", "tina cms": "tina", "tian cms": "tina",
    "foxy": "foxy", "fox": "foxy", "foxi": "foxy", "foxxy": "foxy", "foxy.io": "foxy",
    "shopify": "shopify-basic", "shopfy": "shopify-basic", "shopifi": "shopify-basic", "shop": "shopify-basic",
    "shopify basic": "shopify-basic", "shopify_basic": "shopify-basic", "shpoify": "shopify-basic",
    "snipcart": "snipcart", "snip": "snipcart", "snipcrat": "snipcart", "snip-cart": "snipcart",
    "snippcart": "snipcart", "snipkart": "snipcart",
    "github": "github", "git hub": "github", "githb": "github", "gihtub": "github", "gitub": "github",
    "archive": "http-archive", "http archve": "http-archive", "s3 archive": "s3-archive", "s3": "s3-archive",
    "upload": "upload", "uplaod": "upload", "inlin": "inline",
    "astro": "astro", "astr": "astro", "asto": "astro", "atsro": "astro",
    "eleventy": "eleventy", "elevnty": "eleventy", "11ty": "eleventy", "eleventi": "eleventy",
    "gatsby": "gatsby", "gatsbi": "gatsby", "gastby": "gatsby", "gats": "gatsby",
    "hugo": "hugo", "hug": "hugo", "hugoo": "hugo", "hgo": "hugo",
    "jekyll": "jekyll", "jekyl": "jekyll", "jeckyll": "jekyll", "jek": "jekyll", "jekkyl": "jekyll",
    "next.js": "nextjs", "nextjs": "nextjs", "next": "nextjs", "NextJS": "nextjs", "nxtjs": "nextjs",
    "nuxt": "nuxt", "nuxtt": "nuxt", "nuxt.js": "nuxt", "nux": "nuxt",
}  # fmt: skip
LEAST_PERCENT = 95


def first_five(text: str) -> list[str]:
    page = DatabaseIndex().search(Query(Filters(text=text), limit=5), version="")
    return [json.loads(body)["id"] for body in page.bodies]


def test_first_five_results_have_what_was_meant() -> None:
    load_starter_catalog()
    publish()

    missed = {typed: found for typed, meant in TYPED.items() if meant not in (found := first_five(typed))}

    assert len(TYPED) >= 60
    assert len(missed) * 100 <= len(TYPED) * (100 - LEAST_PERCENT), missed
