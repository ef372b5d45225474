"use strict";

// A browser session's writes carry the token that Django put into a cookie; a key needs none.
function withCsrfToken(request) {
  const cookie = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/);
  if (cookie && request.method !== "GET") {
    request.headers["X-CSRFToken"] = cookie[1];
  }
  return request;
}

SwaggerUIBundle({
  url: document.getElementById("docs").dataset.schema,
  dom_id: "#docs",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null, // else the document's address would be sent to a foreign host
  requestInterceptor: withCsrfToken,
});
