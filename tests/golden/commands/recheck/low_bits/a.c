typedef unsigned char u8;

int low_bits(u8 value, u8 count)
{
	return value & ((1 << count) - 1);
}
