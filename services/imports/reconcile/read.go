package reconcile

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strings"
)

// row is one row of a CSV file by the names of its columns.
type row struct {
	// cells are nil where the row is not CSV, or has another number of fields than the header.
	cells map[string]string
	line  int
}

// readRows calls each for every row of a CSV file behind its header, whose names it returns in lower case.
func readRows(path string, each func(header []string, r row) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var text io.Reader = bufio.NewReader(file)
	if strings.HasSuffix(path, ".gz") {
		if text, err = gzip.NewReader(text); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	reader := csv.NewReader(text)
	reader.FieldsPerRecord = -1
	header, err := reader.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for i := range header {
		header[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(header[i], "\ufeff")))
	}
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		r := row{}
		if broken := (*csv.ParseError)(nil); errors.As(err, &broken) {
			r.line = broken.StartLine
		} else if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		} else {
			r.line, _ = reader.FieldPos(0)
			if len(fields) == len(header) {
				r.cells = make(map[string]string, len(header))
				for i, name := range header {
					r.cells[name] = strings.TrimSpace(fields[i])
				}
			}
		}
		if err := each(header, r); err != nil {
			return err
		}
	}
}

// numberOf reads a number exactly; false where it is none, or negative.
func numberOf(text string) (*big.Rat, bool) {
	if text == "" || strings.Trim(text, "0123456789.eE+-") != "" || len(text) > 40 {
		return nil, false
	}
	number, ok := new(big.Rat).SetString(text)
	if !ok || number.Sign() < 0 {
		return nil, false
	}
	return number, true
}

// hundredths rounds an amount to the cent, halves up; it is not negative.
func hundredths(amount *big.Rat) int64 {
	doubled := new(big.Rat).Mul(amount, big.NewRat(200, 1))
	doubled.Add(doubled, big.NewRat(1, 1))
	whole := new(big.Int).Quo(doubled.Num(), new(big.Int).Mul(doubled.Denom(), big.NewInt(2)))
	return whole.Int64()
}

// exactly writes a number with all the decimals it has.
func exactly(number *big.Rat) string {
	if number.IsInt() {
		return number.Num().String()
	}
	decimals, _ := number.FloatPrec()
	return number.FloatString(decimals)
}

// signedOf reads a number exactly, negative ones too.
func signedOf(text string) (*big.Rat, bool) {
	digits, negative := strings.CutPrefix(text, "-")
	number, ok := numberOf(digits)
	if ok && negative {
		number.Neg(number)
	}
	return number, ok
}
