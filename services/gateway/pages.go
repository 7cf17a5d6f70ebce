package gateway

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"path"
	"strings"

	"github.com/aisle-retail/aisle/gen"
)

//go:embed pages swagger-ui
var files embed.FS

// pagePolicy lets a page load what this host serves and nothing else. Swagger UI sets styles on its elements.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// contentTypes are those of the files there are, by the ending of their names. The table of the operating system may be
// empty, or wrong.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".json": jsonType,
}

// pages are all that is served beside the API.
type pages struct {
	byPath map[string]page
	start  *template.Template
}

type page struct {
	contentType string
	content     []byte
	tag         string
}

func newPages() (*pages, error) {
	start, err := template.ParseFS(files, "pages/start.html")
	if err != nil {
		return nil, err
	}
	p := &pages{start: start, byPath: map[string]page{"/openapi.json": newPage("openapi.json", gen.OpenAPI)}}
	for at, name := range map[string]string{
		"/docs":                      "pages/docs.html",
		"/docs/docs.js":              "pages/docs.js",
		"/docs/pages.css":            "pages/pages.css",
		"/docs/swagger-ui-bundle.js": "swagger-ui/swagger-ui-bundle.js",
		"/docs/swagger-ui.css":       "swagger-ui/swagger-ui.css",
	} {
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		p.byPath[at] = newPage(name, content)
	}
	return p, nil
}

func newPage(name string, content []byte) page {
	sum := sha256.Sum256(content)
	return page{contentTypes[path.Ext(name)], content, `"` + hex.EncodeToString(sum[:8]) + `"`}
}

// ServeHTTP answers with a page, or says that there is none.
func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	found, ok := p.byPath[strings.TrimSuffix(r.URL.Path, "/")]
	if r.URL.Path == "/" {
		found, ok = p.startPage(r), true
	}
	if !ok {
		writeFault(w, errNoPath)
		return
	}
	if !readOnly(w, r) {
		return
	}
	header := w.Header()
	header.Set("Content-Type", found.contentType)
	header.Set("Content-Security-Policy", pagePolicy)
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Frame-Options", "DENY")
	// A browser asks whether what it has is still what there is, and mostly is told yes.
	header.Set("Cache-Control", "no-cache")
	header.Set("ETag", found.tag)
	if r.Header.Get("If-None-Match") == found.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(found.content)
}

// startPage is the first page, with examples that can be copied as they are.
func (p *pages) startPage(r *http.Request) page {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	var text bytes.Buffer
	// A template that is parsed and given what it asks for does not fail in a buffer.
	_ = p.start.Execute(&text, struct{ Address string }{scheme + "://" + r.Host})
	return newPage("start.html", text.Bytes())
}

// readOnly answers for everything but GET and HEAD.
func readOnly(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	writeFault(w, errNoMethod)
	return false
}
