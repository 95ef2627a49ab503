System.Console.WriteLine("muninn");
