"""The settings of the tests: the product's own, on a folder of their own, whatever the environment says."""

import atexit
import os
import shutil
import tempfile

# The first process of a run makes the folder and removes it; the others (pytest-xdist) find it in the environment.
if "PUPITRE_TESTS_DIR" not in os.environ:
    os.environ["PUPITRE_TESTS_DIR"] = tempfile.mkdtemp(prefix="pupitre-tests-")
    atexit.register(shutil.rmtree, os.environ["PUPITRE_TESTS_DIR"], ignore_errors=True)

for name in [name for name in os.environ if name.startswith("PUPITRE_") and not name.startswith("PUPITRE_TEST")]:
    del os.environ[name]
os.environ |= {
    "PUPITRE_DATA_DIR": os.environ["PUPITRE_TESTS_DIR"],
    "PUPITRE_SECRET_KEY": "a key for the tests, which signs nothing of value, long enough to please the checks",
    "PUPITRE_CODE_KEY": "another key for the tests: access codes made with it open nothing",
    "PUPITRE_LOG_LEVEL": "WARNING",
    "PUPITRE_EMAIL_ALLOWED": "*",
    "PUPITRE_OFFICE_TWO_STEPS": "off",  # the back office opens at once, but where its door is what is tested
}

from pupitre.settings import *  # noqa: E402, F403

STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405 - empty: pages of the tests name files as they are written

# Passwords of the tests protect nothing: hashing them fast makes the suite fast.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
