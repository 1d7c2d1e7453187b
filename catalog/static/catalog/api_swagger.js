// Swagger UI over our own description. It asks no validator elsewhere, and keeps no token.
"use strict";

const page = document.body.dataset;

window.ui = SwaggerUIBundle({
  url: page.description,
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  validatorUrl: null,
  tagsSorter: "alpha",
  // Whoever is signed in writes as themselves; with a token there is no cookie to protect.
  requestInterceptor: (request) => {
    if (page.csrfToken && !["GET", "HEAD", "OPTIONS"].includes((request.method || "GET").toUpperCase())) {
      request.headers["X-CSRFToken"] = page.csrfToken;
    }
    return request;
  },
});
