package documents

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"

	"github.com/aisle-retail/aisle/services/retail"
)

//go:embed invoice.html.tmpl
var pageText string

var page = template.Must(template.New("invoice").Parse(pageText))

// HTML shows a document as one page that needs nothing else: no script, no picture, no font from elsewhere. It narrows to a
// phone and prints on A4.
func HTML(invoice retail.Invoice, options Options) ([]byte, error) {
	s, err := newSheet(invoice, options)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := page.Execute(&b, s); err != nil {
		return nil, fmt.Errorf("documents: write the page of %s: %w", invoice.ID, err)
	}
	return b.Bytes(), nil
}
