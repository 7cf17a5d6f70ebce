package documents

import "testing"

func BenchmarkHTML(b *testing.B) {
	invoice := examples()[0].invoice
	for b.Loop() {
		if _, err := HTML(invoice, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPDF(b *testing.B) {
	invoice := examples()[0].invoice
	for b.Loop() {
		if _, err := PDF(invoice, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
