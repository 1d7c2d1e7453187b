"""The values that a column may have, where there are few of them."""

from django.db import models


class Lifecycle(models.TextChoices):
    ACTIVE = "active"
    DEPRECATED = "deprecated"
    DISABLED = "disabled"
    REMOVED = "removed"


class ProviderType(models.TextChoices):
    CMS = "cms", "CMS"
    ECOMMERCE = "ecommerce", "E-commerce"
    SSG = "ssg", "Static-site generator"
    SOURCE = "source", "Source code"


class StackCategory(models.TextChoices):
    TEMPLATES = "templates"
    FOUNDATION = "foundation"
    CMS_TIERS = "cms-tiers", "CMS tiers"
    ECOMMERCE_TIERS = "ecommerce-tiers", "E-commerce tiers"
    COMPOSED = "composed"


class BuilderCategory(models.TextChoices):
    STATIC_SITE = "static_site"
    GENERIC = "generic"
    CONTAINER = "container"


class Complexity(models.TextChoices):
    LOW = "low"
    LOW_TO_MEDIUM = "low_to_medium", "Low to medium"
    MEDIUM = "medium"
    MEDIUM_TO_HIGH = "medium_to_high", "Medium to high"
    HIGH = "high"


class PerformanceTier(models.TextChoices):
    BASIC = "basic"
    STANDARD = "standard"
    OPTIMIZED = "optimized"
    PREMIUM = "premium"


class CmsType(models.TextChoices):
    GIT_BASED = "git_based", "Content in the repository"
    API_BASED = "api_based", "Content behind an API"
    HYBRID = "hybrid", "Both"


class EcommerceType(models.TextChoices):
    CART_OVERLAY = "cart_overlay", "Cart overlay"
    HOSTED_CART = "hosted_cart", "Hosted cart and checkout"
    HOSTED_PLATFORM = "hosted_platform", "Hosted platform"


class SourceType(models.TextChoices):
    REPOSITORY = "repository"
    ARCHIVE = "archive"
    INLINE = "inline"
