"""The way in for Celery's worker and beat: `celery --app app.web.worker:celery worker`."""

from __future__ import annotations

import warnings

from celery import Celery

from app import create_app

# In a container the worker runs as root; it takes JSON only, so that Celery's warning says nothing here.
warnings.filterwarnings("ignore", message="(?s).*superuser privileges")

celery: Celery = create_app().extensions["celery"]
