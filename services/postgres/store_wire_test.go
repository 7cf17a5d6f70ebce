package postgres_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5/pgtype"
	"pgregory.net/rapid"

	"github.com/aisle-retail/aisle/services/postgres"
	"github.com/aisle-retail/aisle/services/retail"
)

// What columns hold, at its extremes and between.
var (
	drawText = rapid.Map(rapid.OneOf(
		rapid.SampledFrom([]string{
			"", " ", "a", "Größe 42½", "日本語", "👟🏽", "e\u0301", "'; drop table orders; --", `{"a":1}`, "\\N", "NULL", strings.Repeat("x", 3000),
		}),
		rapid.String(),
	), func(s string) string { return strings.ReplaceAll(s, "\x00", "") }) // Postgres keeps none, and validation refuses it
	drawInt8 = rapid.OneOf(rapid.SampledFrom([]int64{0, 1, -1, math.MaxInt64, math.MinInt64}), rapid.Int64())
	drawInt4 = rapid.OneOf(rapid.SampledFrom([]int32{0, 1, -1, math.MaxInt32, math.MinInt32}), rapid.Int32())
	drawID   = rapid.Custom(func(t *rapid.T) (id retail.ID) {
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		id[6] = 0x70 // never the absent one
		return id
	})
	// Postgres keeps microseconds, from 4713 BC on; people write years of four digits.
	drawTime = rapid.Map(rapid.OneOf(
		rapid.SampledFrom([]time.Time{
			time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(0, 0), time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
			time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC), time.Date(1999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		}),
		rapid.Custom(func(t *rapid.T) time.Time {
			return time.UnixMicro(rapid.Int64Range(-62_135_596_800_000_000, 253_402_300_799_999_999).Draw(t, "microseconds"))
		}),
	), time.Time.UTC)
)

// columnTypes are the types of our columns, with what they hold and how pgx's general encoder is given an array of it.
var columnTypes = []struct {
	name       string
	oid, array uint32
	draw       *rapid.Generator[any]
}{
	{"bool", pgtype.BoolOID, pgtype.BoolArrayOID, rapid.Bool().AsAny()},
	{"bytea", pgtype.ByteaOID, pgtype.ByteaArrayOID, rapid.SliceOf(rapid.Byte()).AsAny()},
	{"int8", pgtype.Int8OID, pgtype.Int8ArrayOID, drawInt8.AsAny()},
	{"int4", pgtype.Int4OID, pgtype.Int4ArrayOID, drawInt4.AsAny()},
	{"text", pgtype.TextOID, pgtype.TextArrayOID, drawText.AsAny()},
	{"timestamptz", pgtype.TimestamptzOID, pgtype.TimestamptzArrayOID, drawTime.AsAny()},
	{"uuid", pgtype.UUIDOID, pgtype.UUIDArrayOID, rapid.OneOf(drawID.AsAny(), rapid.Just(retail.ID{}).AsAny())},
}

// general is a value as pgx's own encoder takes it: an absent id is null.
func general(value any) any {
	id, ok := value.(retail.ID)
	switch {
	case !ok:
		return value
	case id.IsZero():
		return nil
	}
	return [16]byte(id)
}

func TestWire(t *testing.T) {
	t.Parallel()
	pgx := pgtype.NewMap()
	for _, c := range columnTypes {
		t.Run("a column of "+c.name+" is, byte for byte, what the general encoder makes of it", rapid.MakeCheck(func(t *rapid.T) {
			values := rapid.SliceOfN(c.draw, 1, 5).Draw(t, "values")
			var same []any
			for _, value := range values {
				same = append(same, general(value))
			}
			want, err := pgx.Encode(c.array, pgtype.BinaryFormatCode, same, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, postgres.Encode(c.name, values)); diff != "" {
				t.Errorf("%v (-general +ours):\n%s", values, diff)
			}
		}))
		t.Run("a value of "+c.name+" is read as the general encoder wrote it", rapid.MakeCheck(func(t *rapid.T) {
			value := c.draw.Draw(t, "value")
			encoded, err := pgx.Encode(c.oid, pgtype.BinaryFormatCode, general(value), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(value, postgres.Decode(c.name, encoded), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-written +read):\n%s", diff)
			}
		}))
	}

	t.Run("what is finer than a microsecond is cut off, on either side of the year 2000", func(t *testing.T) {
		for _, year := range []int{1999, 2026} {
			whole := time.Date(year, 3, 14, 12, 0, 0, 5000, time.UTC)
			encoded := postgres.Encode("timestamptz", []any{whole.Add(999 * time.Nanosecond)})
			if got := postgres.Decode("timestamptz", encoded[len(encoded)-8:]); !whole.Equal(got.(time.Time)) {
				t.Errorf("%s was read as %s", whole, got)
			}
		}
	})
}
