"""Start a real django-helpdesk (from PyPI) on loopback, once a run."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.running import free_ports

ROBOT_TOKEN, STAFF_TOKEN = "a" * 40, "b" * 40
SETTINGS = """
SECRET_KEY='local'; DEBUG=False; ALLOWED_HOSTS=['127.0.0.1']; ROOT_URLCONF='urls'; USE_TZ=True; TIME_ZONE='Europe/Madrid'
LANGUAGE_CODE='es'; SITE_ID=1; STATIC_URL='/static/'; MEDIA_ROOT='FOLDER/media'; MEDIA_URL='/media/'
DEFAULT_AUTO_FIELD='django.db.models.AutoField'
EMAIL_BACKEND='django.core.mail.backends.filebased.EmailBackend'; EMAIL_FILE_PATH='FOLDER/mail'
DATABASES={'default':{'ENGINE':'django.db.backends.sqlite3','NAME':'FOLDER/db.sqlite3',
  'OPTIONS':{'timeout':30,'transaction_mode':'IMMEDIATE'}}}
INSTALLED_APPS=['django.contrib.'+a for a in ('admin','auth','contenttypes','sessions','messages','staticfiles','sites','humanize')]
INSTALLED_APPS+=['rest_framework','rest_framework.authtoken','helpdesk']
MIDDLEWARE=['django.contrib.sessions.middleware.SessionMiddleware','django.middleware.common.CommonMiddleware',
  'django.middleware.csrf.CsrfViewMiddleware','django.contrib.auth.middleware.AuthenticationMiddleware',
  'django.contrib.messages.middleware.MessageMiddleware']
TEMPLATES=[{'BACKEND':'django.template.backends.django.DjangoTemplates','APP_DIRS':True,'OPTIONS':{'context_processors':[
  'django.template.context_processors.request','django.contrib.auth.context_processors.auth','django.contrib.messages.context_processors.messages']}}]
HELPDESK_ACTIVATE_API_ENDPOINT=True; HELPDESK_PUBLIC_ENABLED=False; HELPDESK_TEAMS_MODE_ENABLED=False
REST_FRAMEWORK={'DEFAULT_AUTHENTICATION_CLASSES':['rest_framework.authentication.TokenAuthentication']}
"""
URLS = """
from django.contrib import admin
from django.urls import include, path
urlpatterns=[path('admin/',admin.site.urls),path('',include('helpdesk.urls',namespace='helpdesk'))]
"""
FILL = """
import django; django.setup()
from django.contrib.auth import get_user_model
from helpdesk.models import CustomField, Queue
from rest_framework.authtoken.models import Token
for name, token in (('robot', 'a' * 40), ('ana', 'b' * 40)):
    user = get_user_model().objects.create_superuser(name, name + '@ayto.test', 'pw')
    Token.objects.create(user=user, key=token)
Queue.objects.create(title='Redes sociales', slug='redes')
Queue.objects.create(title='Alumbrado', slug='alumbrado')
for n, (name, size) in enumerate((('casekey', 300), ('tema', 100), ('corto', 5))):
    CustomField.objects.create(name=name, label=name, data_type='varchar', max_length=size, required=False, staff_only=True, ordering=n)
"""


@pytest.fixture(scope="session")
def helpdesk_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("helpdesk", reason="needs the package django-helpdesk of requirements-dev.in")
    with helpdesk_server(tmp_path_factory.mktemp("helpdesk")) as url:
        yield url


@contextmanager
def helpdesk_server(folder: Path) -> Iterator[str]:
    """Run a server with its data in this folder; give its address."""
    files = {"settings.py": SETTINGS.replace("FOLDER", str(folder)), "urls.py": URLS, "fill.py": FILL}
    for name, text in files.items():
        (folder / name).write_text(text)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(folder)}
    for command in (["-m", "django", "migrate", "-v0"], ["fill.py"]):
        subprocess.run([sys.executable, *command], cwd=folder, env=environment, check=True, capture_output=True)
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "django", "runserver", f"127.0.0.1:{port}", "--noreload"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/api/tickets/", server, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(60)


def _wait(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        try:
            if httpx.get(url, headers={"Authorization": f"Token {ROBOT_TOKEN}"}, timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            assert server.poll() is None, log.read_text()
        time.sleep(0.2)
    pytest.fail(f"django-helpdesk did not start: {log.read_text()}")
