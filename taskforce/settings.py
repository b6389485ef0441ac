"""All settings, from the environment. `.env.example` lists every value with its meaning.

A secret may come as a file: `PORTAL_SECRET_KEY_FILE=/run/secrets/key` stands for `PORTAL_SECRET_KEY`.
"""

import os
from pathlib import Path

import environ
import pghistory
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from environ.fileaware_mapping import FileAwareMapping
from whitenoise.compress import Compressor

ROOT = Path(__file__).resolve().parent.parent


class Lines(FileAwareMapping):  # type: ignore[misc]
    """Values without the line end that editors leave in secret files."""

    def __getitem__(self, key: str) -> str:
        """The value, from NAME or the file named by NAME_FILE."""
        return str(super().__getitem__(key)).strip()


env = environ.FileAwareEnv()
env.ENVIRON = Lines()
env.read_env(os.environ.get("PORTAL_ENV_FILE", ROOT / ".env"))

# The place of this portal
DEBUG = env.bool("PORTAL_DEBUG", default=False)
TRIAL = env.bool("PORTAL_TRIAL", default=False)  # sample sign-ins without a second factor; never in production
SECRET_KEY = env.str("PORTAL_SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("PORTAL_OLD_SECRET_KEYS", default=[])  # still read, never written with
PORTAL_URL = env.str("PORTAL_URL", default="http://127.0.0.1:8000")
PORTAL_MAIL_URL = env.str("PORTAL_MAIL_URL", default="")  # inbox page of the mail catcher, local run only
PORTAL_NAME = env.str("PORTAL_NAME", default="Task Force Portal")
ALLOWED_HOSTS = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    *env.list("PORTAL_HOSTS", default=[]),
]  # health checks come from inside
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
SECURE = PORTAL_URL.startswith("https://")

# Engines
DATABASES = {
    "default": {
        **env.db_url("DATABASE_URL"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
VALKEY_URL = env.str("VALKEY_URL")
# The client says `unix://…?db=1`, Celery says `redis+socket://…?virtual_host=1`.
CELERY_BROKER_URL = VALKEY_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": VALKEY_URL}}
FILES_ROOT = env.path("PORTAL_FILES", default=str(ROOT / ".portal" / "files"))

# Mail
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.str("PORTAL_SMTP_HOST", default="127.0.0.1")
EMAIL_PORT = env.int("PORTAL_SMTP_PORT", default=1025)
EMAIL_HOST_USER = env.str("PORTAL_SMTP_USER", default="")
EMAIL_HOST_PASSWORD = env.str("PORTAL_SMTP_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("PORTAL_SMTP_TLS", default=False)
EMAIL_TIMEOUT = env.int("PORTAL_SMTP_TIMEOUT", default=30)  # seconds a relay may keep silent
MAIL_LEASE = env.int("PORTAL_MAIL_LEASE", default=300)  # seconds a sender may hold a message
MAIL_PAUSE = env.int("PORTAL_MAIL_PAUSE", default=60)  # seconds until a postponed message is offered again, growing
MAIL_CONNECTIONS = env.int("PORTAL_MAIL_CONNECTIONS", default=1)  # deliveries to the relay at once, by all workers
MAIL_PER_MINUTE = env.int("PORTAL_MAIL_PER_MINUTE", default=0)  # messages the relay is given a minute; 0: no limit
MAIL_PROVIDER = env.str("PORTAL_MAIL_PROVIDER", default="")  # brevo, mailjet, postmark; empty: none reports
MAIL_EVENTS_SECRET = env.str("PORTAL_MAIL_EVENTS_SECRET", default="")  # user:password of its reports
MAILBOX_DOMAIN = env.str("PORTAL_MAILBOX_DOMAIN", default="")  # of the addresses to which mail comes back; empty: none
IMAP_HOST = env.str("PORTAL_IMAP_HOST", default="")  # empty: no mailbox is read
IMAP_PORT = env.int("PORTAL_IMAP_PORT", default=993)
IMAP_TLS = env.bool("PORTAL_IMAP_TLS", default=True)
IMAP_USER = env.str("PORTAL_IMAP_USER", default="")
IMAP_PASSWORD = env.str("PORTAL_IMAP_PASSWORD", default="")
IMAP_INBOX = env.str("PORTAL_IMAP_INBOX", default="INBOX")
IMAP_FILED = env.str("PORTAL_IMAP_FILED", default="Filed")  # folder of what the portal took
IMAP_ASIDE = env.str("PORTAL_IMAP_ASIDE", default="Aside")  # folder of what people should look at
CONFIRM_CONTACTS_DAYS = env.int("PORTAL_CONFIRM_CONTACTS_DAYS", default=182)  # between two rounds; 0: only by hand
DEFAULT_FROM_EMAIL = env.str("PORTAL_FROM", default="Task Force Secretariat <secretariat@taskforce.example.org>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Background work
SWEEP = env.int("PORTAL_SWEEP", default=30)  # seconds between two looks for mail and jobs left behind
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # a task that kills its worker must not run again and again
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TASK_SOFT_TIME_LIMIT = 1740
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}  # longer than any task may run
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 600_000  # kB
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True

# Apps: arrows run down, import-linter holds them
INSTALLED_APPS = [
    "taskforce.home",
    "taskforce.sight",
    "taskforce.markings",
    "taskforce.briefings",
    "taskforce.reminders",
    "taskforce.letters",
    "assessments",
    "agencies.people",
    "agencies.identity",
    "agencies",
    "accounts",
    "core",
    "accounts.apps.BreakGlassConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "guardian",
    "pgtrigger",
    "pghistory",
    "csp",
    "django_filters",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.Utf8Only",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SessionLimits",
    "agencies.identity.middleware.OwnPeopleOnly",
    "accounts.middleware.PersonalSettings",
    "accounts.middleware.SecondFactorWall",
    "accounts.middleware.RefusedForms",
    "core.middleware.HistoryWithoutKeys",
    "core.middleware.PrivateByDefault",
]
ROOT_URLCONF = "taskforce.urls"
WSGI_APPLICATION = "taskforce.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # addresses are unique whatever their case, by a constraint
    "guardian.W001",  # core.access asks for grants itself, by groups that hold on the day
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["core.templatetags.portal"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.portal",
            ],
        },
    }
]
FILTERS_EMPTY_CHOICE_LABEL = _("Any")
FORM_RENDERER = "core.forms.Renderer"

# Accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.SignInBackend",
    "accounts.backends.RoleBackend",
    "agencies.backends.SeatBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.InvitationOnlyAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an accepted invitation has proved the address
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # strangers cannot make the portal write to strangers
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
SOCIALACCOUNT_ADAPTER = "agencies.identity.adapter.KnownPeopleOnly"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5  # seconds an agency's identity provider may take to answer
PRIVATE_ISSUERS = env.bool("PORTAL_PRIVATE_ISSUERS", default=False)  # whether one may lie in the portal's own networks
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("PORTAL_PROXIES", default=0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE  # http on one's own machine only
MFA_TOTP_ISSUER = PORTAL_NAME
MFA_TOTP_TOLERANCE = 1  # a clock may be off by half a minute
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the library's own mark of a proved address is not used
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ADAPTER = "accounts.factors.SealedFactors"
MFA_FORMS = {
    "authenticate": "accounts.forms.AuthenticateForm",
    "reauthenticate": "accounts.forms.ReauthenticateFactorForm",
    "activate_totp": "accounts.forms.ActivateTOTPForm",
    "add_webauthn": "accounts.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.forms.EditPasskeyForm",
}
ANONYMOUS_USER_NAME = None  # guardian makes no anonymous user

# History
PGHISTORY_APPEND_ONLY = True
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()

# Sessions, cookies, headers
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = env.int("PORTAL_SESSION_HOURS", default=12) * 3600  # a session lasts no longer in all
SESSION_IDLE_AGE = env.int("PORTAL_IDLE_MINUTES", default=60) * 60  # nor so long without a page being asked for
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "core.views.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
if SECURE:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
        "report-uri": ["/csp-report/"],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb", "interest-cohort")
} | {"publickey-credentials-get": ["self"], "publickey-credentials-create": ["self"]}

# Static files: our own from static/, third-party builds from static/build/
STATIC_URL = "/static/"
STATIC_ROOT = env.path("PORTAL_STATIC_ROOT", default=str(ROOT / ".portal" / "staticfiles"))
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": FILES_ROOT}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "ttf", "otf")  # documents' fonts: 24 MB
FILE_UPLOAD_PERMISSIONS = 0o600

# Languages and time
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("ar", "العربية"),
    ("zh-hans", "中文"),
    ("en", "English"),
    ("fr", "Français"),
    ("ru", "Русский"),
    ("es", "Español"),
]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "core.logs.WithoutKeys", "fmt": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("PORTAL_LOG_LEVEL", default="INFO")},
}
