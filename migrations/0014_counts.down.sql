drop table count_lines, count_reading_lines, count_readings, counts;
