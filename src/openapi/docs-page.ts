/** The files of the docs page that the kit has itself. Those of Swagger UI come from its package. */

/** No inline script or style, and no other host. Swagger UI has its icons as `data:` URLs. */
export const DOCS_PAGE_POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Returns the page. Its URLs are relative, because a proxy may serve the router at another path. The arguments are checked
 * paths, without characters that HTML escapes.
 */
export function docsPage(docsPath: string, documentPath: string): string {
  const base = docsPath.replace(/[^/]+/g, '..').slice(1);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Auth API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="swagger-ui.css">
<link rel="stylesheet" href="page.css">
</head>
<body>
<div id="docs" data-base="${base}" data-document="${base}${documentPath}"><p>Loading the OpenAPI document.</p></div>
<script src="swagger-ui-bundle.js" defer></script>
<script src="page.js" defer></script>
</body>
</html>
`;
}

export const DOCS_PAGE_STYLE = `body { margin: 0; }
.swagger-ui .wrapper { box-sizing: border-box; }
@media (max-width: 640px) {
  .swagger-ui .opblock .opblock-section-header { flex-wrap: wrap; }
  .swagger-ui .tab-header .tab-item.active h4 span::after { bottom: -4px; }
  .swagger-ui .try-out.btn-group { padding: 0; }
  .swagger-ui .try-out .btn { padding: 5px 12px; }
  .swagger-ui .table-container, .swagger-ui .responses-inner { overflow-x: auto; padding: 10px; }
}
`;

/**
 * The page's script. It sets `servers` to the page's own place, and leaves the cookie out of the dialog for tokens: the browser
 * sends it, and no script may. The token stays in memory.
 */
export const DOCS_PAGE_SCRIPT = `'use strict';
(async () => {
  const place = document.getElementById('docs');
  try {
    const response = await fetch(place.dataset.document);
    if (!response.ok) throw new Error('The server answered ' + response.status + '.');
    const spec = await response.json();
    spec.servers = [{ url: new URL(place.dataset.base, location.href).pathname.replace(/\\/$/, '') || '/' }];
    const schemes = spec.components.securitySchemes;
    if (schemes) delete schemes.accessCookie;
    for (const path of Object.values(spec.paths)) {
      for (const operation of Object.values(path)) {
        operation.security = operation.security.filter((way) => !('accessCookie' in way));
      }
    }
    window.ui = SwaggerUIBundle({
      spec,
      domNode: place,
      deepLinking: true,
      docExpansion: 'list',
      defaultModelsExpandDepth: -1,
      displayRequestDuration: true,
      tryItOutEnabled: true,
      validatorUrl: null,
    });
  } catch (error) {
    place.textContent = 'The OpenAPI document cannot be loaded. ' + error.message;
  }
})();
`;
