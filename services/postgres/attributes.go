package postgres

import (
	"context"
	"fmt"

	"github.com/aisle-retail/aisle/services/retail"
)

var attributes = whole(retail.TableAttributes, newTable("attributes", 1, "code text", "name text", "names text", "type text",
	"unit text", "choices text", "recorded_at timestamptz", "version int8"), readAttribute, writeAttribute)

func writeAttribute(r *rows, a retail.Attribute) {
	r.text(a.Code).text(a.Name).text(toJSON(a.Names)).text(string(a.Type)).text(a.Unit).text(toJSON(a.Choices)).time(a.RecordedAt).
		int8(a.Version).end()
}

func readAttribute(r *record) (retail.Attribute, error) {
	a := retail.Attribute{Code: r.text(), Name: r.text()}
	if err := r.json(&a.Names); err != nil {
		return a, fmt.Errorf("names of attribute %s: %w", a.Code, err)
	}
	a.Type, a.Unit = retail.AttributeType(r.text()), r.text()
	if err := r.json(&a.Choices); err != nil {
		return a, fmt.Errorf("choices of attribute %s: %w", a.Code, err)
	}
	a.RecordedAt, a.Version = r.time(), r.int8()
	return a, nil
}

var attributesAfter = readStatement("attributes_after", `
select `+prefixed(attributes.table.columns)+` from attributes t where t.code > $1 order by t.code limit $2`)

// Attributes returns attributes by code, after one.
func (db *DB) Attributes(ctx context.Context, after string, limit int) ([]retail.Attribute, error) {
	return all(ctx, db, attributesAfter, readAttribute, []byte(after), int8Param(int64(limit)))
}
