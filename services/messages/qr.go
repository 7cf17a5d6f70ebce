package messages

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"

	"github.com/boombuler/barcode/qr"
)

const (
	// codeImage is where a letter has the picture of a code: a part of the same e-mail. Source: RFC 2392.
	codeImage = "cid:" + codeContent
	// codeContent is the name of that part, within the e-mail.
	codeContent = "pickup-code"
	// module is how many pixels wide and high a module of a QR code is drawn.
	module = 6
	// quietZone is how many modules wide the white edge is. Source: ISO/IEC 18004.
	quietZone = 4
)

// draw draws a text as a QR code, as a PNG: black on white, whatever colours the page has.
func draw(text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, err
	}
	size := code.Bounds().Dx()
	side := (size + 2*quietZone) * module
	picture := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range size * module {
		for x := range size * module {
			if color.GrayModel.Convert(code.At(x/module, y/module)) == (color.Gray{}) {
				picture.SetColorIndex(quietZone*module+x, quietZone*module+y, 1)
			}
		}
	}
	var b bytes.Buffer
	err = png.Encode(&b, picture)
	return b.Bytes(), err
}

// alone is the page of a letter as it is shown outside of an e-mail: with its picture in it.
func (l Letter) alone() []byte {
	return bytes.ReplaceAll([]byte(l.HTML), []byte(`"`+codeImage+`"`),
		[]byte(`"data:image/png;base64,`+base64.StdEncoding.EncodeToString(l.QR)+`"`))
}
