package gateway_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// references are what a page loads or links to.
var references = regexp.MustCompile(`(?:src|href)="([^"]*)"`)

func TestPages(t *testing.T) {
	site := front(t, "127.0.0.1:1")

	for _, path := range []string{"/", "/docs", "/docs/"} {
		t.Run(path+" and all it refers to is served here", func(t *testing.T) {
			page := get(t, site, path)
			if page.status != 200 || !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") {
				t.Fatalf("got %d, %s", page.status, page.header.Get("Content-Type"))
			}
			found := references.FindAllStringSubmatch(page.body, -1)
			if len(found) < 3 {
				t.Fatalf("only %d references", len(found))
			}
			for _, reference := range found {
				switch target := reference[1]; {
				case target == "data:,":
				case target == "/healthz" || target == "/readyz" || target == "/metrics":
					// Package app answers for these.
				case !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//"):
					t.Errorf("%s asks another host", target)
				default:
					if got := get(t, site, target); got.status != 200 {
						t.Errorf("%s: %d", target, got.status)
					}
				}
			}
		})
	}
	t.Run("a policy holds pages to this host", func(t *testing.T) {
		for _, path := range []string{"/", "/docs"} {
			header := get(t, site, path).header
			policy := header.Get("Content-Security-Policy")
			if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "connect-src 'self'") ||
				!strings.Contains(policy, "script-src 'self';") || header.Get("X-Frame-Options") != "DENY" ||
				header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("%s: %v", path, header)
			}
		}
	})
	t.Run("no page has script in it", func(t *testing.T) {
		for _, path := range []string{"/", "/docs"} {
			if regexp.MustCompile(`<script>|<style>| on[a-z]+=`).MatchString(get(t, site, path).body) {
				t.Errorf("%s has", path)
			}
		}
	})
	t.Run("files say what they are", func(t *testing.T) {
		for path, want := range map[string]string{
			"/docs/docs.js":              "text/javascript; charset=utf-8",
			"/docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
			"/docs/swagger-ui.css":       "text/css; charset=utf-8",
			"/openapi.json":              "application/json",
		} {
			if got := get(t, site, path); got.header.Get("Content-Type") != want || got.body == "" {
				t.Errorf("%s is %s", path, got.header.Get("Content-Type"))
			}
		}
	})
	t.Run("a file that has not changed is not sent again", func(t *testing.T) {
		tag := get(t, site, "/docs/swagger-ui.css").header.Get("ETag")
		if got := get(t, site, "/docs/swagger-ui.css", "If-None-Match", tag); got.status != 304 || got.body != "" || tag == "" {
			t.Errorf("%d, %d bytes", got.status, len(got.body))
		}
	})
	t.Run("pages are read only", func(t *testing.T) {
		for _, path := range []string{"/", "/docs", "/openapi.json"} {
			got := send(t, site, "POST", path, "", "")
			got.want(t, 405, 12, "INVALID_REQUEST")
			if got.header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s: Allow is %q", path, got.header.Get("Allow"))
			}
		}
	})
	t.Run("what is not served is not there", func(t *testing.T) {
		for _, path := range []string{"/docs/README.md", "/docs/LICENSE", "/pages/start.html", "/favicon.ico", "/docs/pages.css/x"} {
			send(t, site, "GET", path, "", "").want(t, 404, 5, "INVALID_REQUEST")
		}
	})
	t.Run("the first page shows calls for the address it was asked at", func(t *testing.T) {
		page := get(t, site, "/")
		if !strings.Contains(page.body, "export AISLE="+site.URL) || strings.Count(page.body, "curl ") != 3 {
			t.Errorf("got %s", page.body)
		}
	})
}

func TestOpenAPI(t *testing.T) {
	var document struct {
		Swagger string
		Info    struct{ Title, Description string }
		Paths   map[string]map[string]struct {
			OperationID string
			Summary     string
		}
		SecurityDefinitions map[string]struct{ Type, Name, In string }
		Security            []map[string][]string
	}
	if err := json.Unmarshal([]byte(get(t, front(t, "127.0.0.1:1"), "/openapi.json").body), &document); err != nil {
		t.Fatal(err)
	}
	if document.Swagger != "2.0" || document.Info.Title != "Aisle" || !strings.Contains(document.Info.Description, "Bearer") {
		t.Errorf("got %s, %+v", document.Swagger, document.Info)
	}
	key := document.SecurityDefinitions["Key"]
	if key.Type != "apiKey" || key.Name != "Authorization" || key.In != "header" || len(document.Security) != 1 ||
		document.Security[0]["Key"] == nil {
		t.Errorf("a caller does not learn how to show a key: %+v, %v", document.SecurityDefinitions, document.Security)
	}
	operations := 0
	for path, methods := range document.Paths {
		for method, operation := range methods {
			operations++
			if operation.OperationID == "" || operation.Summary == "" {
				t.Errorf("%s %s has no name or no summary", method, path)
			}
		}
	}
	if operations < 20 {
		t.Errorf("only %d operations", operations)
	}
}
