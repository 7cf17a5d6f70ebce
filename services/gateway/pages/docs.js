// Shows /openapi.json. No validator: it would send the document to another host.
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  // OpenAPI 2.0 knows the header and not its scheme, so that a key pasted alone still works.
  requestInterceptor(request) {
    const given = request.headers.Authorization;
    if (given && !/^bearer /i.test(given)) {
      request.headers.Authorization = 'Bearer ' + given.trim();
    }
    return request;
  },
});
