package imports

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	catalogv1 "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
)

// journeyCatalog is what this run knows to be in the catalogue.
type journeyCatalog struct {
	ids map[string]bool
	// tabled is true where the run has a product table, so that what the table lacks is worth telling.
	tabled bool
}

// journeyProducts imports a products file and adds the ids it has to known.
func (r *run) journeyProducts(s source, known *journeyCatalog) error {
	text, err := s.open(&r.meter.read)
	if err != nil {
		return err
	}
	defer text.Close()
	lines := newLineReader(s, text, tableLineBytesMax)
	at, err := headerOf(lines, journeyProductColumns)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for {
		o, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, errLineTooLong) {
			return err
		}
		product, fault := r.journeyProduct(at, o)
		if err != nil {
			reject := o.reject(reasonTooLong, "longer than %d bytes", tableLineBytesMax)
			fault = &reject
		}
		if fault == nil && seen[product.GetCode()] {
			reject := o.reject(reasonTwice, "product %s stands further up", product.GetCode())
			fault = &reject
		}
		if fault != nil {
			r.window.note(func() error { return r.reject(*fault) })
			continue
		}
		seen[product.GetCode()] = true
		err = r.window.do("", func(ctx context.Context) (func() error, error) {
			err := r.putProduct(ctx, product)
			if refusal := refusalOf(err); refusal != nil {
				return func() error { return r.reject(o.refused(refusal)) }, nil
			}
			return func() error {
				known.ids[product.GetCode()] = true
				r.report.Products++
				r.imported(o)
				return nil
			}, err
		})
		if err != nil {
			return err
		}
	}
}

// journeyProduct makes a product of a line of the product table. Its fields are cut short and padded by the source, and often
// blank, so that the title is the narrowest thing that is told, and the description all of it.
func (r *run) journeyProduct(at columns, o origin) (*catalogv1.Product, *Reject) {
	fields, err := splitLine(o.text)
	if err == nil && len(fields) != len(at) {
		err = errors.New("the number of fields is not that of the columns")
	}
	id := at.get(fields, "product_id")
	if err == nil && id == "" {
		err = errors.New("product_id is empty")
	}
	if err != nil {
		reject := o.reject(reasonMalformed, "%s", err)
		return nil, &reject
	}
	cell := func(name string) string { return strings.Join(strings.Fields(at.get(fields, name)), " ") }
	size := cell("package_size")
	title := joined(", ", firstOf(cell("product_type"), cell("product_category"), cell("department"), "Product "+id), size)
	told := []string{joined(": ", cell("product_category"), cell("product_type"))}
	if size != "" {
		told = append(told, "Package "+size)
	}
	if maker := cell("manufacturer_id"); maker != "" {
		told = append(told, "Manufacturer "+maker)
	}
	return &catalogv1.Product{
		Code: id, Title: title, Description: joined(". ", told...), Brand: cell("brand"), Department: cell("department"),
		TaxCategory: r.TaxCategory, Variants: []*catalogv1.Variant{{Sku: id}},
	}, nil
}

// firstOf returns the first text that is not empty.
func firstOf(texts ...string) string {
	at := slices.IndexFunc(texts, func(text string) bool { return text != "" })
	return texts[at]
}

// joined joins the texts that are not empty.
func joined(separator string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), separator)
}

// ensureJourneyProduct creates a product that was sold and that the product table lacks, unless the shop has it from an
// earlier import.
func (r *run) ensureJourneyProduct(ctx context.Context, id string) (created bool, err error) {
	return r.ensureProduct(ctx, &catalogv1.Product{
		Code: id, Title: "Unidentified product " + id, Department: "UNIDENTIFIED", TaxCategory: r.TaxCategory,
		Description: "It was sold, and the product table does not have it.",
		Variants:    []*catalogv1.Variant{{Sku: id}},
	})
}
