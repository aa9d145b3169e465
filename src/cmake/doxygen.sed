# Marks the comments of the headers for Doxygen, and takes words for words in them.
/^ *(\/\*| \*)/s/[<@\\]/\\&/g
s,^( *)/\* ,\1/** ,
s,([;\,{}]) */\* ,\1 /**< ,
