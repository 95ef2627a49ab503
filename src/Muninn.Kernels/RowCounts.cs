namespace Muninn.Kernels;

/// <summary>A number of rows known to the compiler, so that one source gives one kernel per row count.</summary>
interface IRowCount
{
    static abstract int Count { get; }
}

readonly struct Rows1 : IRowCount { public static int Count => 1; }
readonly struct Rows2 : IRowCount { public static int Count => 2; }
readonly struct Rows3 : IRowCount { public static int Count => 3; }
readonly struct Rows4 : IRowCount { public static int Count => 4; }
readonly struct Rows5 : IRowCount { public static int Count => 5; }
readonly struct Rows6 : IRowCount { public static int Count => 6; }
readonly struct Rows7 : IRowCount { public static int Count => 7; }
readonly struct Rows8 : IRowCount { public static int Count => 8; }
readonly struct Rows9 : IRowCount { public static int Count => 9; }
readonly struct Rows10 : IRowCount { public static int Count => 10; }
readonly struct Rows11 : IRowCount { public static int Count => 11; }
readonly struct Rows12 : IRowCount { public static int Count => 12; }
readonly struct Rows13 : IRowCount { public static int Count => 13; }
readonly struct Rows14 : IRowCount { public static int Count => 14; }
